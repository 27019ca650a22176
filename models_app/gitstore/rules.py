"""Which paths may be committed."""

import re

from models_app.gitstore.errors import PathRefused

MAX_PATH_BYTES = 4096
MAX_SEGMENT_BYTES = 255
MAX_DEPTH = 128
MAX_SHOWN = 120
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_path(path: str) -> None:
    """Raise `PathRefused` unless `path` is relative, normalised, printable and short enough for every file system.

    A segment that starts with two dots and a backslash is refused too: on Windows it would climb out of the folder.
    """
    if not path or path.startswith("/"):
        raise PathRefused(f"{shown(path)} is not a path inside the repository: give a relative path of a file.")
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise PathRefused(f"{shown(path)} is not valid Unicode.") from None
    if size > MAX_PATH_BYTES:
        raise PathRefused(f"A path has {size} bytes: at most {MAX_PATH_BYTES} are possible.")
    if _CONTROL.search(path):
        raise PathRefused(f"{shown(path)} holds a control character.")
    if path.startswith("..\\"):
        raise PathRefused(f"{shown(path)} leads out of the repository.")
    segments = path.split("/")
    if len(segments) > MAX_DEPTH:
        raise PathRefused(f"{shown(path)} lies in more than {MAX_DEPTH - 1} folders.")
    for segment in segments:
        _check_segment(segment, path)


def _check_segment(segment: str, path: str) -> None:
    if segment in {"", ".", ".."}:
        raise PathRefused(f"{shown(path)} is not a normalised path: it has an empty, '.' or '..' segment.")
    if segment.lower() == ".git":
        raise PathRefused(f"{shown(path)} would overwrite git's own folder.")
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        raise PathRefused(f"A file or folder name of {shown(path)} has more than {MAX_SEGMENT_BYTES} bytes.")


def shown(path: str) -> str:
    """`path` as it may stand in a one-line message."""
    text = repr(path)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 2]}…'"
