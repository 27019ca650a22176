"""Chunks as xorbs hold them (https://huggingface.co/docs/xet/xorb).

A chunk is an 8-byte header (version u8, stored size u24, scheme u8, raw size u24; little-endian) and its data.
They are handled in runs: most of the time of a single chunk would go into copies, into new memory, and into threads
that take turns.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import lz4.frame
import numpy as np
from numpy.typing import NDArray

from models_app.blobs.errors import ContentMismatch

MAX_CHUNK_BYTES = 128 * 1024
HEADER_BYTES = 8
MAX_FOOTER_BYTES = 1024 * 1024  # 8,192 chunks at 40 bytes and some room; older clients send one
FOOTER_TAG = b"XETBLOB"

STORED, LZ4, GROUPED_LZ4 = 0, 1, 2
_VERSION = 0
_RUN_BYTES = 256 * 1024  # raw: a little that is stored can unpack to much


class Chunk(NamedTuple):
    """The header of a chunk, whose data lies in bytes [start, end) of its run."""

    start: int
    end: int
    scheme: int
    raw_size: int


class Run(NamedTuple):
    """Whole chunks, one behind the other, headers included: as many as begin in 256 KiB, stored and raw."""

    stored: memoryview
    chunks: list[Chunk]


def runs(pieces: Iterable[bytes]) -> Iterator[Run]:
    """The chunks of a xorb that arrives in pieces of any size, without its footer.

    Holds no more than a piece and a chunk, and copies only chunks that lie in two pieces. Raises `ContentMismatch` for
    what is no whole chunk.
    """
    arriving = iter(pieces)
    rest = new = memoryview(b"")
    for piece in arriving:
        new = memoryview(piece)
        while new and (lacking := _lacking(rest)):
            rest, new = memoryview(b"".join([rest, new[:lacking]])), new[lacking:]
            if run := _run(rest):
                yield run
                rest = rest[:0]
        if not rest:
            rest, new = new, rest
            while run := _run(rest):
                yield run
                rest = rest[len(run.stored) :]
        if _is_no_chunk(rest):
            break
    _check_end(bytes(rest), chain([new], arriving))


def _is_no_chunk(begun: memoryview) -> bool:
    return len(begun) >= HEADER_BYTES and begun[0] != _VERSION


def _lacking(begun: memoryview) -> int:
    """How many bytes more the chunk that has `begun` needs, as far as that is known; 0 if it is none."""
    if not begun or _is_no_chunk(begun):
        return 0
    size = HEADER_BYTES + _stored_size(begun, 0) if len(begun) >= HEADER_BYTES else HEADER_BYTES
    return size - len(begun)


def _stored_size(block: memoryview, at: int) -> int:
    return int.from_bytes(block[at + 1 : at + 4], "little")


def _run(block: memoryview) -> Run | None:
    """The run of whole chunks that `block` begins with, if it does."""
    chunks, at, raw, size = [], 0, 0, len(block)
    while at + HEADER_BYTES <= size and raw < _RUN_BYTES and block[at] == _VERSION:
        stored_size = _stored_size(block, at)
        raw_size = int.from_bytes(block[at + 5 : at + 8], "little")
        # Clients keep a chunk as it is when compression would not make it smaller.
        if not 0 < raw_size <= MAX_CHUNK_BYTES or not 0 < stored_size <= MAX_CHUNK_BYTES:
            raise ContentMismatch(f"A chunk of a xorb holds between 1 and {MAX_CHUNK_BYTES} bytes.")
        start = at + HEADER_BYTES
        end = start + stored_size
        if end > size:
            break
        chunks.append(Chunk(start, end, block[at + 4], raw_size))
        at = end
        raw += raw_size
    return Run(block[:at], chunks) if chunks else None


def _check_end(rest: bytes, arriving: Iterable[bytes | memoryview]) -> None:
    """What is left behind the chunks is nothing or a footer, which is thrown away."""
    if rest.startswith(FOOTER_TAG):
        if len(rest) + sum(map(len, arriving)) > MAX_FOOTER_BYTES:
            raise ContentMismatch("The xorb's footer is longer than any footer can be.")
    elif rest:
        cut_off = rest[0] == _VERSION
        raise ContentMismatch(
            "The xorb is cut off in the middle of a chunk." if cut_off else "The xorb has chunks of an unknown version."
        )


def unpack(scheme: int, data: memoryview, raw: NDArray[np.uint8]) -> None:
    """Write the raw bytes of a chunk to `raw`, which they must fill. Raises `ContentMismatch`.

    Never more than the size of `raw` is decompressed.
    """
    if scheme == STORED:
        unpacked: bytes | memoryview = data
    elif scheme in {LZ4, GROUPED_LZ4}:
        unpacked = _decompress(data, len(raw))
    else:
        raise ContentMismatch(f"A chunk is compressed by the unknown scheme {scheme}.")
    if len(unpacked) != len(raw):
        raise ContentMismatch("A chunk has not the size that its header says.")
    if scheme == GROUPED_LZ4:
        _ungroup(np.frombuffer(unpacked, np.uint8), raw)
    else:
        raw[:] = np.frombuffer(unpacked, np.uint8)


def _decompress(data: memoryview, raw_size: int) -> bytes:
    # Not by LZ4FrameDecompressor, which copies a memoryview first.
    context = lz4.frame.create_decompression_context()
    try:
        raw, read, ended = lz4.frame.decompress_chunk(context, data, max_length=raw_size + 1)
    except RuntimeError as error:
        raise ContentMismatch("A chunk is no LZ4 frame.") from error
    if not ended or read < len(data):
        raise ContentMismatch("A chunk is not exactly one LZ4 frame of the size that its header says.")
    return bytes(raw)


def _ungroup(grouped: NDArray[np.uint8], raw: NDArray[np.uint8]) -> None:
    """Undo byte grouping: first every 1st byte of 4, then every 2nd … (floats of one exponent compress better so)."""
    start = 0
    for lane in (raw[lane::4] for lane in range(4)):
        lane[:] = grouped[start : start + len(lane)]
        start += len(lane)
