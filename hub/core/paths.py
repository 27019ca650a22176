"""URL path segments in which ``%2F`` stands for a slash inside one segment (see `RawPathMiddleware`)."""

import re
from itertools import pairwise
from urllib.parse import quote, unquote

from django.conf import settings
from django.http import HttpRequest
from django.urls import register_converter
from django.urls.converters import PathConverter

# An encoded slash, or the same three characters in a name, behind as many ``25`` as tell the two apart.
_SLASH = re.compile(r"%((?:25)*2f)", re.IGNORECASE)


class FileConverter(PathConverter):
    """The rest of an address, also where it holds a line break: git allows one in the name of a file."""

    regex = r"(?s:.+)"

    def to_python(self, value: str) -> str:
        return decode_segment(value)


register_converter(FileConverter, "file")


def decode_but_slashes(raw_path: str) -> str:
    """``refs%2Fpr%2F1/a%3F`` → ``refs%2Fpr%2F1/a?``; a name that holds ``%2F`` itself (``a%252Fb``) stays as it is."""
    parts = re.split("%2f", raw_path, flags=re.IGNORECASE)
    return "%2F".join(_SLASH.sub(r"%25\1", unquote(part)) for part in parts)


def decode_segment(segment: str) -> str:
    """What `decode_but_slashes` left: ``refs%2Fpr%2F1`` → ``refs/pr/1``, ``a%252Fb`` → ``a%2Fb``."""
    return _SLASH.sub(lambda found: f"%{found[1][2:]}" if found[1].startswith("25") else "/", segment)


def encode_segment(value: str) -> str:
    """``refs/pr/1`` → ``refs%2Fpr%2F1``."""
    return quote(value, safe="")


def encode_path(value: str) -> str:
    """Percent-encode a file path, keeping its slashes."""
    return quote(value, safe="/")


def public_url(path: str) -> str:
    """The absolute address of `path` (which starts with ``/``), from PUBLIC_URL, never from the request's host."""
    return f"{settings.PUBLIC_URL}{path}"


def renamed(request: HttpRequest, old: str, new: str) -> str:
    """The address of `request`, as it was written, with ``new/name`` in place of the two segments ``old/name``.

    Relative: old clients follow no other redirect, and keep their query. A suffix of the name (``.git``) stays.
    """
    address = re.sub(r"^https?://[^/]*", "", str(request.META.get("RAW_URI") or request.get_full_path()))
    path, mark, query = address.partition("?")
    parts = path.split("/")
    for place, (first, second) in enumerate(pairwise(parts)):
        before, suffix = f"{unquote(first)}/{unquote(second)}", ""
        if before == f"{old}.git":
            before, suffix = old, ".git"
        if before == old:
            parts[place : place + 2] = [new + suffix]
            break
    return "/".join(parts) + mark + query
