"""What a Xet client is told leads to exactly the bytes that it asked for, and to no others."""

import random

import pytest

from hub.core.errors import TooLarge
from models_app.blobs import reconstruction
from models_app.blobs.models import Blob
from models_app.blobs.reconstruction import Reconstruction, reconstruct
from models_app.blobs.store import LocalStore
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording, unpacked
from tests.models_app.blobs.test_registration import register

pytestmark = pytest.mark.django_db


@pytest.fixture
def blobs(received: Recording) -> list[tuple[Blob, bytes]]:
    registered = {blob.xet_hash: blob for blob in register(received.shards[0])}
    return [(registered[value], content) for value, content in zip(received.hashes, CONTENTS, strict=True)]


def fetched(store: LocalStore, found: Reconstruction) -> bytes:
    """As a client puts it together: every span unpacked, the terms cut out of them, the offset dropped."""
    chunks: dict[tuple[str, int], bytes] = {}
    for xorb, spans in found.spans.items():
        for span in spans:
            stored = b"".join(store.open_range(f"xorbs/{xorb}", span.start, span.end))
            raw = unpacked(stored)
            assert len(raw) == span.last - span.first
            chunks |= {(xorb, number): content for number, content in enumerate(raw, span.first)}
    pieces = [b"".join(chunks[term.xorb, n] for n in range(term.first, term.last)) for term in found.terms]
    assert [len(piece) for piece in pieces] == [term.size for term in found.terms]
    return b"".join(pieces)[found.offset :]


def test_any_range(blobs: list[tuple[Blob, bytes]], store: LocalStore) -> None:
    rng = random.Random(5)  # noqa: S311 (the same ranges each time)
    for blob, content in blobs:
        size = len(content)
        cuts = [(0, size), (0, 1), (size - 1, size)]
        cuts += [(start, rng.randrange(start + 1, size + 1)) for start in rng.sample(range(size), 20)]
        for start, end in cuts:
            got = fetched(store, reconstruct(blob, start, end))
            assert got[: end - start] == content[start:end], (start, end)
            assert len(got) - (end - start) < 128 * 1024  # no chunk more than needed


def test_chunks_that_a_file_repeats_are_named_once(blobs: list[tuple[Blob, bytes]]) -> None:
    blob, content = max(blobs, key=lambda pair: pair[0].segments.count())
    found = reconstruct(blob, 0, len(content))
    (spans,) = found.spans.values()
    assert len(found.terms) > len(spans) == 1


def test_too_many_terms(blobs: list[tuple[Blob, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    blob, content = max(blobs, key=lambda pair: pair[0].segments.count())
    monkeypatch.setattr(reconstruction, "MAX_TERMS", 2)
    with pytest.raises(TooLarge, match="ask for a smaller one"):
        reconstruct(blob, 0, len(content))
    assert len(reconstruct(blob, 0, 10).terms) == 1
