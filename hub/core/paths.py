"""URL path segments in which ``%2F`` stands for a slash inside one segment (see `RawPathMiddleware`)."""

from urllib.parse import quote

from django.conf import settings
from django.urls import register_converter
from django.urls.converters import PathConverter


class FileConverter(PathConverter):
    """The rest of an address, also where it holds a line break: git allows one in the name of a file."""

    regex = r"(?s:.+)"


register_converter(FileConverter, "file")


def decode_segment(segment: str) -> str:
    """``refs%2Fpr%2F1`` → ``refs/pr/1``."""
    return segment.replace("%2F", "/").replace("%2f", "/")


def encode_segment(value: str) -> str:
    """``refs/pr/1`` → ``refs%2Fpr%2F1``."""
    return quote(value, safe="")


def encode_path(value: str) -> str:
    """Percent-encode a file path, keeping its slashes."""
    return quote(value, safe="/")


def public_url(path: str) -> str:
    """The absolute address of `path` (which starts with ``/``), from PUBLIC_URL, never from the request's host."""
    return f"{settings.PUBLIC_URL}{path}"
