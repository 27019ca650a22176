"""The text that stands in a git tree for a large file (git-lfs specification, version 1)."""

import re

from models_app.gitstore.objects import Pointer

# The specification bounds a pointer at 1,024 bytes; the smallest one holds its version, a hash and a one-digit size.
MIN_BYTES = 124
MAX_BYTES = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size (0|[1-9][0-9]{0,18})\n?"
)


def pointer_text(pointer: Pointer) -> bytes:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize %d\n" % (
        pointer.sha256.encode(),
        pointer.size,
    )


def parse_pointer(content: bytes) -> Pointer | None:
    """The pointer that `content` is, or None if it is an ordinary file."""
    match = _POINTER.fullmatch(content) if len(content) <= MAX_BYTES else None
    return Pointer(match[1].decode(), int(match[2])) if match else None
