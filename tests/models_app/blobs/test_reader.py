"""Random access into rebuilt files, at flat memory."""

import random
import tracemalloc

import pytest
from pytest_django import DjangoAssertNumQueries

from models_app.blobs import reader
from models_app.blobs.models import Blob
from models_app.blobs.reader import open_blob
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


def test_memory_is_bounded_by_pieces(blobs: list[tuple[Blob, bytes]]) -> None:
    blob, content = blobs[0]
    pieces = open_blob(blob)
    tracemalloc.start()
    try:
        assert sum(map(len, pieces)) == len(content) == len(NOISE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
