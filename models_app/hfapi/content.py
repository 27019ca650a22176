"""How a member's file may reach a browser: never as a page or script of this hub."""

import mimetypes
from pathlib import PurePosixPath

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header

# Types that a browser shows without running anything in them; in SVG it would, but for the sandbox below.
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml"}
_SHOWN = _PICTURES | {"audio/mpeg", "audio/wav", "audio/x-wav", "video/mp4", "video/webm"}
_TEXT_TYPES = {"application/json", "application/yaml", "application/x-yaml", "application/javascript"}
_TEXT_NAMES = {".gitattributes", ".gitignore", "license", "readme", "notice", "dockerfile", "makefile"}
_TEXT_ENDINGS = {".yaml", ".yml", ".toml", ".cfg", ".ini", ".jsonl", ".ipynb", ".jinja", ".sh", ".rs", ".md", ".py"}


def content_type(path: str) -> str:
    """A type that fits the name and is harmless: HTML and scripts are plain text."""
    name = PurePosixPath(path).name.lower()
    guessed, encoding = mimetypes.guess_type(name)
    if guessed in _SHOWN and encoding is None:
        return guessed
    textual = guessed is not None and (guessed.startswith("text/") or guessed in _TEXT_TYPES)
    if encoding is None and (textual or name in _TEXT_NAMES or PurePosixPath(name).suffix in _TEXT_ENDINGS):
        return "text/plain; charset=utf-8"
    return "application/octet-stream"


def make_harmless(response: HttpResponseBase, path: str) -> None:
    """Headers that keep a browser from guessing another type, running the file, or framing it."""
    kind = content_type(path)
    response["Content-Type"] = kind
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    attachment = kind == "application/octet-stream"
    response["Content-Disposition"] = content_disposition_header(attachment, PurePosixPath(path).name) or "inline"
