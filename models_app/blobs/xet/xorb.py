"""Xorbs: packs of compressed chunks (https://huggingface.co/docs/xet/xorb)."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.chunks import HEADER_BYTES, MAX_CHUNK_BYTES, MAX_FOOTER_BYTES, Chunk, Run, runs, unpack
from models_app.blobs.xet.hashing import HASH_BYTES, MerkleTree, chunk_hash, hash_text

MAX_CHUNKS = 8192
MAX_RAW_BYTES = 64 * 1024 * 1024
MAX_STORED_BYTES = MAX_RAW_BYTES + MAX_CHUNKS * HEADER_BYTES + MAX_FOOTER_BYTES

_RECORD = struct.Struct(">32sII")


@dataclass(frozen=True)
class ChunkIndex:
    """Where each chunk of a xorb lies. `records` holds, per chunk: hash, offset of its header, raw offset."""

    records: bytes
    stored_bytes: int
    raw_bytes: int

    def __len__(self) -> int:
        return len(self.records) // _RECORD.size

    @cached_property
    def _offsets(self) -> list[tuple[int, int]]:
        offsets = [(stored, raw) for _, stored, raw in _RECORD.iter_unpack(self.records)]
        return [*offsets, (self.stored_bytes, self.raw_bytes)]

    def hashes(self, first: int, last: int) -> list[bytes]:
        """The hashes of chunks [first, last)."""
        size = _RECORD.size
        return [self.records[i * size : i * size + HASH_BYTES] for i in range(first, last)]

    def stored_at(self, chunk: int) -> int:
        """Offset of the chunk's header in the xorb; of its end for one past the last chunk."""
        return self._offsets[chunk][0]

    def raw_at(self, chunk: int) -> int:
        """Offset of the chunk in the concatenated raw chunks; of their end for one past the last chunk."""
        return self._offsets[chunk][1]

    def chunk_of(self, raw_offset: int) -> int:
        """The chunk that holds the byte at `raw_offset`."""
        return bisect_right(self._offsets, raw_offset, key=lambda offset: offset[1]) - 1


class XorbCheck:
    """Checks a xorb while it is being stored: iterate `stored` to the end, then read `index`.

    Every chunk is decompressed and hashed, so what is stored can be trusted to be what its hashes say. A footer is
    left out: it only repeats what the chunks say, and nothing proves it.
    """

    def __init__(self, expected: str, body: Iterable[bytes]) -> None:
        self._expected = expected
        self._body = body
        self._tree = MerkleTree()
        self._raw = np.empty(MAX_CHUNK_BYTES, np.uint8)
        self._records = bytearray()
        self._stored_bytes = self._raw_bytes = 0

    @property
    def index(self) -> ChunkIndex:
        return ChunkIndex(bytes(self._records), self._stored_bytes, self._raw_bytes)

    def stored(self) -> Iterator[memoryview]:
        """The bytes to store. Raises `ContentMismatch` for anything but a whole xorb with the expected hash."""
        for run in runs(self._body):
            for chunk in run.chunks:
                self._add(run, chunk)
            yield run.stored
        found = hash_text(self._tree.root())
        if not self._records or found != self._expected:
            raise ContentMismatch(f"The xorb's chunks hash to {found}, not to {self._expected}.")

    def _add(self, run: Run, chunk: Chunk) -> None:
        start, end, scheme, raw_size = chunk
        if self._raw_bytes + raw_size > MAX_RAW_BYTES or len(self._records) >= MAX_CHUNKS * _RECORD.size:
            raise ContentMismatch(f"A xorb holds at most {MAX_RAW_BYTES} bytes in {MAX_CHUNKS} chunks.")
        raw = self._raw[:raw_size]
        unpack(scheme, run.stored[start:end], raw)
        value = chunk_hash(raw.data)
        self._tree.add(value, raw_size)
        self._records += _RECORD.pack(value, self._stored_bytes, self._raw_bytes)
        self._stored_bytes += HEADER_BYTES + end - start
        self._raw_bytes += raw_size
