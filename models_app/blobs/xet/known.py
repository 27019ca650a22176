"""The shard that answers "is this chunk known?" (https://huggingface.co/docs/xet/deduplication).

It lists chunks of stored xorbs, each by a keyed hash of its hash: who has a chunk recognises it, and who has not
learns no chunk hash, which is what `range_hash` proofs are made of.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blake3 import blake3

from models_app.blobs.xet.hashing import parse_hash
from models_app.blobs.xet.shard import BOOKEND, HEADER, TAG, VERSION
from models_app.blobs.xet.xorb import ChunkIndex

# The fixed noise behind the tag that clients compare: the whole tag is 32 bytes.
_TAG = TAG + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
_FOOTER_VERSION = 1
_XORB = struct.Struct("<32sIIII")  # hash, flags, number of chunks, raw bytes, stored bytes
_CHUNK = struct.Struct("<32sIIII")  # keyed hash, raw offset, raw bytes, flags, unused
# Version; offsets of the files and of the xorbs; three lookup tables by offset and size, which may be empty but must
# lie behind the xorbs; key; created; expires; sums that nobody reads; offset of the footer.
_FOOTER = struct.Struct("<3Q6Q32sQQ72xQ")


@dataclass(frozen=True)
class KnownXorb:
    """Chunks of the xorb `hash` that the answer may name: those in `ranges`, each [first, last), apart and in order."""

    hash: str
    index: ChunkIndex
    ranges: list[tuple[int, int]]


def known_shard(xorbs: Iterable[KnownXorb], *, key: bytes, created: int, expires: int) -> bytes:
    """The whole shard. `key` has 32 bytes and is part of it; `created` and `expires` are unix seconds."""
    blocks = b"".join(_block(xorb, key) for xorb in xorbs)
    header = HEADER.pack(_TAG, VERSION, _FOOTER.size)
    files = HEADER.size
    known = files + len(BOOKEND)
    footer = known + len(blocks) + len(BOOKEND)
    end = _FOOTER.pack(_FOOTER_VERSION, files, known, *[footer, 0] * 3, key, created, expires, footer)
    return b"".join([header, BOOKEND, blocks, BOOKEND, end])


def _block(xorb: KnownXorb, key: bytes) -> bytes:
    records, offset = [], 0
    for value, size in _chunks(xorb, key):
        records.append(_CHUNK.pack(value, offset, size, 0, 0))
        offset += size
    return _XORB.pack(parse_hash(xorb.hash), 0, len(records), offset, offset) + b"".join(records)


def _chunks(xorb: KnownXorb, key: bytes) -> Iterator[tuple[bytes, int]]:
    """Keyed hash and size of every chunk up to the last in a range. One outside of the ranges matches nothing."""
    position = 0
    for first, last in xorb.ranges:
        for hidden in range(position, first):
            yield blake3(f"{xorb.hash}/{hidden}".encode(), key=key).digest(), 0
        for number, value in enumerate(xorb.index.hashes(first, last), first):
            yield blake3(value, key=key).digest(), xorb.index.raw_at(number + 1) - xorb.index.raw_at(number)
        position = last
