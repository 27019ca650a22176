"""The body of a commit: one JSON object a line, read as a stream.

A line may carry a file of megabytes as base64. It is decoded piece by piece and cut out of the line, so that only one
file, and the small rest of the line, is ever in memory.
"""

import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hub.core.errors import Invalid, TooLarge

_MAX_LINE = 1024 * 1024  # bytes of a line without its file
# A quote inside JSON text is always escaped, so this is a key wherever it stands.
_CONTENT_KEY = re.compile(rb'"content"\s*:\s*"')
_BASE64_GROUP = 4


@dataclass(frozen=True)
class Line:
    """`key` says what `value` is; `content` is the decoded file that was cut out of it, if it had one."""

    key: str
    value: dict[str, Any]
    content: bytes | None


def read_lines(pieces: Iterable[bytes], *, max_file: int) -> Iterator[Line]:
    """The lines of a commit. Raises `Invalid` for what is none, `TooLarge` for a file of over `max_file` bytes."""
    reader = _Reader(iter(pieces), max_file)
    number = 0
    while (raw := reader.line()) is not None:
        number += 1
        text, content = raw
        if text.strip():
            yield _parse(text, content, number)


def _parse(text: bytes, content: bytes | None, number: int) -> Line:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(f"Line {number} of the commit is not JSON.") from None
    if not (isinstance(data, dict) and isinstance(data.get("key"), str) and isinstance(data.get("value"), dict)):
        raise Invalid(f'Line {number} of the commit must be an object {{"key": text, "value": object}}.')
    return Line(data["key"], data["value"], content)


class _Reader:
    def __init__(self, pieces: Iterator[bytes], max_file: int) -> None:
        self._pieces = pieces
        self._buffer = bytearray()
        self._max_file = max_file

    def line(self) -> tuple[bytes, bytes | None] | None:
        """The next line with an empty text in its file's place, and the file; None at the end."""
        text, content = bytearray(), None
        while True:
            end = self._buffer.find(b"\n")
            key = _CONTENT_KEY.search(self._buffer, 0, len(self._buffer) if end < 0 else end)
            if key is not None:
                if content is not None:
                    raise Invalid("A line of the commit holds two contents.")
                text += self._take(key.end())
                content = self._file()
                continue
            if end >= 0:
                text += self._take(end + 1)
                return bytes(text), content
            if len(text) + len(self._buffer) > _MAX_LINE:
                raise TooLarge(f"A line of the commit is longer than {_MAX_LINE} bytes without its file.")
            if not self._fill():
                text += self._take(len(self._buffer))
                return (bytes(text), content) if text else None

    def _file(self) -> bytes:
        """Decode base64 up to the closing quote, which stays in the buffer."""
        decoded, pending = bytearray(), bytearray()
        while (end := self._buffer.find(b'"')) < 0:
            pending += self._take(len(self._buffer))
            whole = len(pending) - len(pending) % _BASE64_GROUP
            # The last group may hold padding, after which nothing may come: it waits until it is known to be last.
            whole = max(whole - _BASE64_GROUP, 0)
            if pending.find(b"=", 0, whole) >= 0:
                raise Invalid("A file of the commit is not base64: something follows its padding.")
            decoded += _decode(pending[:whole])
            del pending[:whole]
            if len(decoded) > self._max_file:
                break
            if not self._fill():
                raise Invalid("The commit ends inside of a file.")
        else:
            decoded += _decode(pending + self._take(end))
        if len(decoded) > self._max_file:
            raise TooLarge(
                f"A file of the commit is larger than {self._max_file} bytes: upload it as a large file (Xet or LFS), "
                "as preupload says.",
            )
        return bytes(decoded)

    def _fill(self) -> bool:
        piece = next(self._pieces, b"")
        self._buffer += piece
        return bool(piece)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _decode(text: bytes | bytearray) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise Invalid(f"A file of the commit is not base64: {error}.") from None
