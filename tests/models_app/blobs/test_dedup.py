"""Landmarks, and the answers that clients find behind them."""

import struct

import pytest
from blake3 import blake3

from models_app.blobs import dedup
from models_app.blobs.dedup import ANSWER_SECONDS, is_landmark, known_from, landmarks
from models_app.blobs.index_cache import IndexCache
from models_app.blobs.models import BlobSegment, Landmark, Xorb
from models_app.blobs.store import LocalStore
from models_app.blobs.xet.hashing import hash_text
from models_app.blobs.xet.shard import RECORD_BYTES
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.blobs.test_registration import register

pytestmark = pytest.mark.django_db
FOOTER_BYTES = 200


def chunks_in(answer: bytes) -> tuple[list[tuple[bytes, int]], bytes, int]:
    """(keyed hash, size) of each chunk of the only xorb, the key, and how long the answer is good."""
    key = answer[-FOOTER_BYTES + 72 : -FOOTER_BYTES + 104]
    created, expires = struct.unpack_from("<QQ", answer, len(answer) - FOOTER_BYTES + 104)
    start = 2 * RECORD_BYTES  # behind the header and the empty list of files
    (count,) = struct.unpack_from("<I", answer, start + 36)
    records = (answer[start + RECORD_BYTES * (1 + n) :][:RECORD_BYTES] for n in range(count))
    return [(record[:32], int.from_bytes(record[36:40], "little")) for record in records], key, expires - created


def test_is_landmark() -> None:
    assert is_landmark(bytes(24) + (1024 * 77).to_bytes(8, "little"))
    assert not is_landmark(bytes(24) + (1024 * 77 + 1).to_bytes(8, "little"))


def test_the_first_chunk_of_every_file_is_one(received: Recording) -> None:
    for blob in register(received.shards[0]):
        first = blob.segments.get(position=0)
        (value,) = IndexCache().get(first.xorb_id).hashes(first.first_chunk, first.first_chunk + 1)
        assert landmarks(hash_text(value)).filter(blob=blob, position=0).count() == 1


def test_rare_chunks_are_landmarks_too(received: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "_RARITY", 1)  # every chunk
    register(received.shards[0])
    chunks = {(segment.blob_id, segment.position) for segment in BlobSegment.objects.all()}
    assert {(mark.blob_id, mark.position) for mark in Landmark.objects.all()} <= chunks
    (xorb,) = Xorb.objects.all()
    assert Landmark.objects.values("hash").distinct().count() == len(IndexCache().get(xorb.hash))


def test_an_answer_names_the_chunks_of_its_blob_alone(received: Recording) -> None:
    """All three files lie in one xorb: of the others' chunks not even the sizes are told."""
    blobs = register(received.shards[0])
    (xorb,) = Xorb.objects.all()
    index = IndexCache().get(xorb.hash)
    for blob in blobs:
        told, key, seconds = chunks_in(known_from(blob.landmarks.get(position=0)))
        assert seconds == ANSWER_SECONDS
        own = {n for s in blob.segments.all() for n in range(s.first_chunk, s.last_chunk)}
        assert len(told) == max(own) + 1
        for number, (value, size) in enumerate(told):
            (real,) = index.hashes(number, number + 1)
            matches = value == blake3(real, key=key).digest()
            assert (matches, size) == (
                (True, index.raw_at(number + 1) - index.raw_at(number)) if number in own else (False, 0)
            )


def test_no_chunk_hash_is_in_an_answer(received: Recording) -> None:
    """Chunk hashes are what proofs are made of: somebody who could read one here could claim its content."""
    blobs = register(received.shards[0])
    (xorb,) = Xorb.objects.all()
    index = IndexCache().get(xorb.hash)
    for blob in blobs:
        answer = known_from(blob.landmarks.get(position=0))
        assert not any(value in answer for value in index.hashes(0, len(index)))


def test_answers_are_bounded(received: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "MAX_SEGMENTS", 1)
    blob = max(register(received.shards[0]), key=lambda blob: blob.segments.count())
    told, _, _ = chunks_in(known_from(blob.landmarks.get(position=0)))
    first = blob.segments.get(position=0)
    assert len([size for _, size in told if size]) == first.last_chunk - first.first_chunk


def test_lost_xorbs_are_not_named(received: Recording, store: LocalStore) -> None:
    blob = register(received.shards[0])[0]
    (xorb,) = Xorb.objects.all()
    store.delete(f"xorbs/{xorb.hash}")
    assert len(known_from(blob.landmarks.get(position=0))) == 3 * RECORD_BYTES + FOOTER_BYTES
