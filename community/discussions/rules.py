"""What may be written, and which status may follow which."""

import re
from collections.abc import Mapping

TITLE_MIN_LENGTH = 3
TITLE_MAX_LENGTH = 200
MAX_TEXT = 20_000  # characters of a comment
REASON_MAX_LENGTH = 300  # characters of a moderator's

_TITLE = re.compile(rf"[^\x00-\x1f\x7f\ud800-\udfff]{{{TITLE_MIN_LENGTH},{TITLE_MAX_LENGTH}}}")
# Merging is not here: nobody sets it, it happens.
_NEXT: Mapping[str, set[str]] = {"draft": {"open", "closed"}, "open": {"closed"}, "closed": {"open"}}


def may_become(status: str, wanted: str) -> bool:
    """Whether people may set a thread of `status` to `wanted`."""
    return wanted in _NEXT.get(status, ())


def one_line(text: str) -> str:
    """`text` with a single space for every run of white space, line breaks too."""
    return " ".join(text.split())


def is_title(text: str) -> bool:
    """Whether `text`, in one line, can be a title."""
    return _TITLE.fullmatch(text) is not None


def quoted(name: str, text: str) -> str:
    """Markdown that quotes what the member called `name` said, with room to answer."""
    lines = [f"> {line}".rstrip() for line in text.splitlines()]
    return "\n".join([f"> @{name}:", ">", *lines] if name else lines)[: MAX_TEXT // 2] + "\n\n"
