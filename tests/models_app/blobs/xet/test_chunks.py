"""The chunks of a xorb are the same however its bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.chunks import FOOTER_TAG, MAX_CHUNK_BYTES, STORED, runs

_CHUNKS = st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=8)
_CUTS = st.lists(st.integers(0, 400), max_size=12)


def chunk(content: bytes, raw_size: int = 0) -> bytes:
    size = len(content).to_bytes(3, "little")
    return b"\0" + size + bytes([STORED]) + (raw_size.to_bytes(3, "little") if raw_size else size) + content


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    return [whole[start:end] for start, end in pairwise(places)]


def contents(parts: list[bytes]) -> list[bytes]:
    return [bytes(run.stored[c.start : c.end]) for run in runs(parts) for c in run.chunks]


@given(_CHUNKS, _CUTS, st.sampled_from([b"", FOOTER_TAG, FOOTER_TAG + bytes(40)]))
def test_any_pieces(chunks: list[bytes], cuts: list[int], footer: bytes) -> None:
    whole = b"".join(map(chunk, chunks))
    parts = pieces(whole + footer, cuts)
    assert contents(parts) == chunks
    assert b"".join(run.stored for run in runs(parts)) == whole


@given(_CHUNKS, _CUTS, st.data())
def test_what_is_cut_off_is_refused_in_any_pieces(chunks: list[bytes], cuts: list[int], data: st.DataObject) -> None:
    ends = [0]
    for content in chunks:
        ends.append(ends[-1] + len(chunk(content)))
    whole = b"".join(map(chunk, chunks))
    end = data.draw(st.integers(1, len(whole) - 1))
    parts = pieces(whole[:end], cuts)
    if end in ends:
        assert contents(parts) == chunks[: ends.index(end)]
    else:
        with pytest.raises(ContentMismatch, match="cut off"):
            contents(parts)


@given(_CHUNKS, _CUTS)
def test_other_bytes_behind_the_chunks_are_refused(chunks: list[bytes], cuts: list[int]) -> None:
    with pytest.raises(ContentMismatch, match="unknown version"):
        contents(pieces(b"".join(map(chunk, chunks)) + b"\1 not a chunk", cuts))


def test_a_run_unpacks_to_little_however_well_its_chunks_are_packed() -> None:
    whole = chunk(b"x", raw_size=MAX_CHUNK_BYTES) * 1000
    found = [sum(c.raw_size for c in run.chunks) for run in runs([whole])]
    assert sum(found) == 1000 * MAX_CHUNK_BYTES
    assert max(found) < 3 * MAX_CHUNK_BYTES
