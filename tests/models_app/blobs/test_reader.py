"""Random access into rebuilt files, at flat memory."""

import contextlib
import hashlib
import random
import threading
import tracemalloc
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from models_app.blobs import reader
from models_app.blobs.errors import ContentMismatch, ObjectMissing
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.reader import blob_content, open_blob, read_raw, xorb_content
from models_app.blobs.services import store_lfs
from models_app.blobs.store import LocalStore
from models_app.blobs.whole import is_known_whole, state_of
from models_app.blobs.xet.xorb import ChunkIndex
from tests.models_app.blobs.conftest import CONTENTS, NOISE
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.blobs.test_registration import register

pytestmark = pytest.mark.django_db


@pytest.fixture
def blobs(received: Recording) -> list[tuple[Blob, bytes]]:
    registered = {blob.xet_hash: blob for blob in register(received.shards[0])}
    return [(registered[value], content) for value, content in zip(received.hashes, CONTENTS, strict=True)]


def test_ranges(blobs: list[tuple[Blob, bytes]]) -> None:
    rng = random.Random(3)  # noqa: S311 (the same ranges each time)
    for blob, content in blobs:
        cuts = [(0, 0), (0, 1), (len(content) - 1, len(content)), (len(content), len(content)), (5, 3)]
        cuts += [tuple(sorted((rng.randrange(len(content)), rng.randrange(len(content))))) for _ in range(40)]
        for start, end in cuts:
            assert b"".join(open_blob(blob, start, end)) == content[start:end], (start, end)
        assert b"".join(open_blob(blob, 7, None)) == content[7:]
        assert b"".join(open_blob(blob, 7, len(content) + 5)) == content[7:]


def test_many_segments_are_read_in_pages(blobs: list[tuple[Blob, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_PAGE", 2)
    blob, content = max(blobs, key=lambda pair: pair[0].segments.count())
    assert blob.segments.count() > 2
    assert b"".join(open_blob(blob)) == content
    assert b"".join(open_blob(blob, 100_000, 700_000)) == content[100_000:700_000]


def test_queries_do_not_grow_with_segments(
    blobs: list[tuple[Blob, bytes]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for blob, _ in blobs:
        with django_assert_num_queries(4):  # where to begin, a page, the chunk index of the one xorb, the last page
            for _ in open_blob(blob):
                pass


def path_of(store: LocalStore, xorb: str) -> Path:
    path = store.local_path(f"xorbs/{xorb}")
    assert path is not None
    return path


def test_nothing_is_rebuilt_from_a_damaged_xorb(blobs: list[tuple[Blob, bytes]], store: LocalStore) -> None:
    (xorb,) = Xorb.objects.all()
    path = path_of(store, xorb.hash)
    stored = path.read_bytes()
    assert xorb_content(xorb).path == path
    for position in range(0, len(stored), len(stored) // 20):
        path.write_bytes(stored[:position] + bytes([stored[position] ^ 1]) + stored[position + 1 :])
        for blob, content in blobs:
            with contextlib.suppress(ContentMismatch):
                pieces = b""
                for piece in open_blob(blob):
                    pieces += piece
                    assert content.startswith(pieces)  # up to where it breaks off, or to its end
        with pytest.raises(ObjectMissing, match="fsck"):
            xorb_content(xorb)
    path.write_bytes(stored)
    assert xorb_content(xorb).path == path


def test_objects_that_were_cut_off_are_not_sent(blobs: list[tuple[Blob, bytes]], store: LocalStore) -> None:
    (xorb,) = Xorb.objects.all()
    path = path_of(store, xorb.hash)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ObjectMissing, match="is not whole"):
        xorb_content(xorb)
    flat = store_lfs(sha256=hashlib.sha256(b"flat").hexdigest(), size=4, chunks=[b"flat"])
    assert b"".join(blob_content(flat).read(1, 3)) == b"la"
    store.put(f"lfs/{flat.sha256}", [b"fla"])
    with pytest.raises(ObjectMissing, match="is not whole"):
        blob_content(flat)


def test_memory_is_bounded_by_pieces(blobs: list[tuple[Blob, bytes]]) -> None:
    blob, content = blobs[0]
    pieces = open_blob(blob)
    tracemalloc.start()
    try:
        assert sum(map(len, pieces)) == len(content) == len(NOISE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_a_xorb_that_was_stored_or_read_whole_counts_as_whole_until_it_is_written_to(
    blobs: list[tuple[Blob, bytes]], store: LocalStore
) -> None:
    (xorb,) = Xorb.objects.all()
    path = path_of(store, xorb.hash)
    index = ChunkIndex(bytes(xorb.chunk_index), xorb.stored_bytes, xorb.raw_bytes)
    assert is_known_whole(state_of(path))
    path.write_bytes(path.read_bytes())
    assert b"".join(read_raw(xorb.hash, index, 0, index.raw_bytes, hashed=False))
    assert b"".join(read_raw(xorb.hash, index, 0, index.raw_bytes - index.raw_at(1)))
    assert not is_known_whole(state_of(path))
    assert b"".join(read_raw(xorb.hash, index, 0, index.raw_bytes))
    assert is_known_whole(state_of(path))
    path.write_bytes(path.read_bytes())
    assert not is_known_whole(state_of(path))


def test_nothing_goes_on_for_a_reader_that_left(blobs: list[tuple[Blob, bytes]]) -> None:
    threads = threading.active_count()
    pieces = open_blob(blobs[0][0])
    assert next(pieces)
    assert threading.active_count() == threads + 1
    pieces.close()  # type: ignore[attr-defined]  # it is a generator
    assert threading.active_count() == threads


def test_without_valkey_xorbs_are_looked_at_each_time(
    blobs: list[tuple[Blob, bytes]], settings: Settings, tmp_path: Path
) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/nobody"}}
    (xorb,) = Xorb.objects.all()
    content = xorb_content(xorb)
    assert content.path is not None
    assert not is_known_whole(state_of(content.path))
    blob, expected = blobs[0]
    assert b"".join(open_blob(blob)) == expected
