"""Shards: which chunk ranges make up which file (https://huggingface.co/docs/xet/shard).

Header, one block per file, a bookend, one block per xorb, a bookend; all in records of 48 little-endian bytes.
What the xorb blocks and the optional footer say is not used: the hub knows its xorbs from their own bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.hashing import hash_text

MAX_BYTES = 64 * 1024 * 1024
TAG = b"HFRepoMetaData\0"  # 17 bytes of fixed noise follow
VERSION = 2
RECORD_BYTES = 48
HEADER = struct.Struct("<32sQQ")
_BLOCK = struct.Struct("<32sII8x")
_TERM = struct.Struct("<32sIIII")
_HASH = struct.Struct("<32s16x")
_END = b"\xff" * 32
BOOKEND = _END + bytes(16)
_WITH_VERIFICATION = 1 << 31
_WITH_SHA256 = 1 << 30


@dataclass(frozen=True)
class Term:
    """Chunks [first, last) of a xorb, `size` raw bytes. `verification` proves that the sender knows them."""

    xorb: str
    size: int
    first: int
    last: int
    verification: bytes


@dataclass(frozen=True)
class ShardFile:
    """One file of a shard; its terms are read from the shard's bytes when asked for."""

    hash: str
    sha256: str | None
    count: int
    _buffer: memoryview
    _start: int

    def contradicts(self, sha256: str) -> bool:
        """Whether the sender gave another one; none need be given."""
        return self.sha256 not in {None, sha256}

    def terms(self) -> Iterator[Term]:
        for number in range(self.count):
            at = self._start + number * RECORD_BYTES
            xorb, _, size, first, last = _TERM.unpack_from(self._buffer, at)
            (verification,) = _HASH.unpack_from(self._buffer, at + self.count * RECORD_BYTES)
            yield Term(hash_text(xorb), size, first, last, verification)


def read_shard(buffer: memoryview) -> list[ShardFile]:
    """The files of a shard. Raises `ContentMismatch` for bytes that are not a whole shard of version 2.

    A file without verification is refused: see `models_app.blobs.services.register_shard`.
    """
    if len(buffer) < HEADER.size:
        raise ContentMismatch("The shard is cut off.")
    tag, version, _ = HEADER.unpack_from(buffer)
    if not tag.startswith(TAG) or version != VERSION:
        raise ContentMismatch("This is not a shard of version 2.")
    files = []
    position = HEADER.size
    while (block := _block(buffer, position)) is not None:
        value, flags, count = block
        files.append(_file(buffer, position + RECORD_BYTES, value, flags, count))
        position += RECORD_BYTES * (1 + 2 * count + bool(flags & _WITH_SHA256))
    position += RECORD_BYTES
    while (block := _block(buffer, position)) is not None:
        position += RECORD_BYTES * (1 + block[2])
    return files


def _block(buffer: memoryview, position: int) -> tuple[bytes, int, int] | None:
    """Hash, flags and number of records of the block at `position`; None at the bookend."""
    if position + RECORD_BYTES > len(buffer):
        raise ContentMismatch("The shard is cut off.")
    value, flags, count = _BLOCK.unpack_from(buffer, position)
    return None if value == _END else (value, flags, count)


def _file(buffer: memoryview, start: int, value: bytes, flags: int, count: int) -> ShardFile:
    if not flags & _WITH_VERIFICATION:
        raise ContentMismatch(f"File {hash_text(value)} of the shard lacks the verification of its ranges.")
    end = start + 2 * count * RECORD_BYTES
    has_sha256 = bool(flags & _WITH_SHA256)
    if end + has_sha256 * RECORD_BYTES > len(buffer):
        raise ContentMismatch("The shard is cut off.")
    sha256 = hash_text(_HASH.unpack_from(buffer, end)[0]) if has_sha256 else None
    return ShardFile(hash_text(value), sha256, count, buffer, start)
