"""How a blob is put together from chunks: what a Xet client needs to fetch it from xorbs itself."""

from collections import defaultdict
from dataclasses import dataclass

from hub.core.errors import TooLarge
from models_app.blobs.index_cache import IndexCache
from models_app.blobs.models import Blob
from models_app.blobs.reader import segments_of
from models_app.blobs.xet.ranges import merge_ranges
from models_app.blobs.xet.xorb import ChunkIndex

MAX_TERMS = 100_000  # an honest file of 500 GB has some 8,000; each becomes about 100 bytes of JSON


@dataclass(frozen=True)
class Term:
    """Chunks [first, last) of a xorb: `size` raw bytes of the file."""

    xorb: str
    first: int
    last: int
    size: int


@dataclass(frozen=True)
class Span:
    """Chunks [first, last) of a xorb, which lie in its bytes [start, end)."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True)
class Reconstruction:
    """The terms that hold a range of a file, in order; the range begins `offset` bytes into the first one.

    `spans` has for each xorb the bytes that hold its terms, each byte once.
    """

    offset: int
    terms: list[Term]
    spans: dict[str, list[Span]]


def reconstruct(blob: Blob, start: int, end: int) -> Reconstruction:
    """Bytes [start, end) of a blob that is made of segments; not empty. Raises `TooLarge` for too many terms."""
    indexes = IndexCache()
    terms: list[Term] = []
    chunks: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    offset = 0
    for segment in segments_of(blob, start, end):
        index = indexes.get(segment.xorb_id)
        base = index.raw_at(segment.first_chunk) - segment.start
        first = index.chunk_of(base + max(start, segment.start))
        last = index.chunk_of(base + min(end, segment.start + segment.size) - 1) + 1
        if not terms:
            offset = base + max(start, segment.start) - index.raw_at(first)
        if len(terms) == MAX_TERMS:
            raise TooLarge(f"This range is made of more than {MAX_TERMS} pieces: ask for a smaller one.")
        terms.append(Term(segment.xorb_id, first, last, index.raw_at(last) - index.raw_at(first)))
        chunks[segment.xorb_id].append((first, last))
    return Reconstruction(offset, terms, {xorb: _spans(indexes.get(xorb), found) for xorb, found in chunks.items()})


def _spans(index: ChunkIndex, ranges: list[tuple[int, int]]) -> list[Span]:
    return [Span(first, last, index.stored_at(first), index.stored_at(last)) for first, last in merge_ranges(ranges)]
