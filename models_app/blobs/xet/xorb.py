"""Xorbs: packs of compressed chunks (https://huggingface.co/docs/xet/xorb).

A chunk is an 8-byte header (version u8, stored size u24, scheme u8, raw size u24; little-endian) and its data.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import lz4.frame
import numpy as np

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.hashing import HASH_BYTES, MerkleTree, chunk_hash, hash_text
from models_app.blobs.xet.pieces import Pieces

MAX_CHUNKS = 8192
MAX_CHUNK_BYTES = 128 * 1024
MAX_RAW_BYTES = 64 * 1024 * 1024
HEADER_BYTES = 8
MAX_FOOTER_BYTES = 1024 * 1024  # 8,192 chunks at 40 bytes and some room; older clients send one
MAX_STORED_BYTES = MAX_RAW_BYTES + MAX_CHUNKS * HEADER_BYTES + MAX_FOOTER_BYTES
FOOTER_TAG = b"XETBLOB"

STORED, LZ4, GROUPED_LZ4 = 0, 1, 2
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
        self._body = Pieces(body)
        self._records = bytearray()
        self._stored_bytes = self._raw_bytes = 0

    @property
    def index(self) -> ChunkIndex:
        return ChunkIndex(bytes(self._records), self._stored_bytes, self._raw_bytes)

    def stored(self) -> Iterator[bytes]:
        """The bytes to store. Raises `ContentMismatch` for anything but a whole xorb with the expected hash."""
        tree = MerkleTree()
        while header := self._body.take(HEADER_BYTES):
            if header.startswith(FOOTER_TAG):
                self._skip_footer()
                break
            stored_size, scheme, raw_size = parse_header(header)
            if self._raw_bytes + raw_size > MAX_RAW_BYTES or len(self._records) >= MAX_CHUNKS * _RECORD.size:
                raise ContentMismatch(f"A xorb holds at most {MAX_RAW_BYTES} bytes in {MAX_CHUNKS} chunks.")
            data = self._body.take(stored_size)
            if len(data) < stored_size:
                raise ContentMismatch("The xorb is cut off in the middle of a chunk.")
            value = chunk_hash(decode_chunk(scheme, data, raw_size))
            tree.add(value, raw_size)
            self._records += _RECORD.pack(value, self._stored_bytes, self._raw_bytes)
            self._stored_bytes += HEADER_BYTES + stored_size
            self._raw_bytes += raw_size
            yield header + data
        found = hash_text(tree.root())
        if not self._records or found != self._expected:
            raise ContentMismatch(f"The xorb's chunks hash to {found}, not to {self._expected}.")

    def _skip_footer(self) -> None:
        if self._body.drain() > MAX_FOOTER_BYTES:
            raise ContentMismatch("The xorb's footer is longer than any footer can be.")


def parse_header(header: bytes) -> tuple[int, int, int]:
    """Stored size, scheme and raw size of the chunk that follows."""
    if len(header) < HEADER_BYTES or header[0] != 0:
        raise ContentMismatch("The xorb is cut off or has chunks of an unknown version.")
    stored_size = int.from_bytes(header[1:4], "little")
    raw_size = int.from_bytes(header[5:8], "little")
    # Clients keep a chunk as it is when compression would not make it smaller.
    if not 0 < raw_size <= MAX_CHUNK_BYTES or not 0 < stored_size <= MAX_CHUNK_BYTES:
        raise ContentMismatch(f"A chunk of a xorb holds between 1 and {MAX_CHUNK_BYTES} bytes.")
    return stored_size, header[4], raw_size


def decode_chunk(scheme: int, data: bytes, raw_size: int) -> bytes:
    """The raw bytes of a chunk; never more than `raw_size` is decompressed. Raises `ContentMismatch`."""
    if scheme == STORED:
        raw = data
    elif scheme in {LZ4, GROUPED_LZ4}:
        raw = _decompress(data, raw_size)
    else:
        raise ContentMismatch(f"A chunk is compressed by the unknown scheme {scheme}.")
    if len(raw) != raw_size:
        raise ContentMismatch("A chunk has not the size that its header says.")
    return _ungroup(raw) if scheme == GROUPED_LZ4 else raw


def _decompress(data: bytes, raw_size: int) -> bytes:
    frame = lz4.frame.LZ4FrameDecompressor()
    try:
        raw: bytes = frame.decompress(data, max_length=raw_size + 1)
    except RuntimeError as error:
        raise ContentMismatch("A chunk is no LZ4 frame.") from error
    if not frame.eof or frame.unused_data:
        raise ContentMismatch("A chunk is not exactly one LZ4 frame of the size that its header says.")
    return raw


def _ungroup(grouped: bytes) -> bytes:
    """Undo byte grouping: first every 1st byte of 4, then every 2nd … (floats of one exponent compress better so)."""
    source, raw = np.frombuffer(grouped, np.uint8), np.empty(len(grouped), np.uint8)
    start = 0
    for lane in range(4):
        size = len(raw[lane::4])
        raw[lane::4] = source[start : start + size]
        start += size
    return raw.tobytes()
