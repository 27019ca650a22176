"""From xorbs and a shard of the stock client to blobs."""

import hashlib
import struct

import pytest
from blake3 import blake3

from hub.core.errors import TooLarge
from models_app.blobs import registration
from models_app.blobs.errors import ContentMismatch
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.blobs.reader import blob_path, open_blob
from models_app.blobs.registration import Progress, register_shard
from models_app.blobs.services import store_lfs, store_xorb
from models_app.blobs.store import LocalStore
from models_app.blobs.xet.hashing import VERIFICATION_KEY, parse_hash
from tests.models_app.blobs.conftest import CONTENTS, NOISE, files_of
from tests.models_app.blobs.recording_store import Recording

pytestmark = pytest.mark.django_db


def register(body: bytes) -> list[Blob]:
    return [event for event in register_shard(memoryview(body)) if isinstance(event, Blob)]


def test_blobs_are_what_was_uploaded(received: Recording) -> None:
    blobs = {blob.sha256: blob for blob in register(received.shards[0])}
    assert len(blobs) == len(CONTENTS)
    for content, value in zip(CONTENTS, received.hashes, strict=True):
        blob = blobs[hashlib.sha256(content).hexdigest()]
        assert (blob.size, blob.flat, blob.xet_hash) == (len(content), False, value)
        assert b"".join(open_blob(blob)) == content
        assert blob_path(blob) is None


def test_progress(received: Recording) -> None:
    first = next(register_shard(memoryview(received.shards[0])))
    assert first == Progress(0, sum(map(len, CONTENTS)))


def test_again_changes_nothing_and_rebuilds_nothing(received: Recording, store: LocalStore) -> None:
    once = register(received.shards[0])
    segments = list(BlobSegment.objects.order_by("pk").values())
    for path in store.root.glob("xorbs/*/*/*"):
        path.unlink()  # a rebuild would miss them
    assert {blob.pk for blob in register(received.shards[0])} == {blob.pk for blob in once}
    assert list(BlobSegment.objects.order_by("pk").values()) == segments


def test_a_blob_that_came_flat_stays_flat(received: Recording) -> None:
    sha256 = hashlib.sha256(NOISE).hexdigest()
    store_lfs(sha256=sha256, size=len(NOISE), chunks=[NOISE])
    register(received.shards[0])
    blob = Blob.objects.get(pk=sha256)
    assert blob.flat
    assert blob.xet_hash == received.hashes[0]
    assert blob.segments.count() == 0


def test_a_xorb_again_changes_nothing(received: Recording, store: LocalStore) -> None:
    rows, files = list(Xorb.objects.values()), files_of(store)
    ((name, body),) = received.xorbs.items()
    store_xorb(xorb=name, body=[body])
    assert (list(Xorb.objects.values()), files_of(store)) == (rows, files)


def test_a_xorb_that_was_lost_is_healed(received: Recording, store: LocalStore) -> None:
    ((name, body),) = received.xorbs.items()
    files = files_of(store)
    store.delete(f"xorbs/{name}")
    store_xorb(xorb=name, body=[body])
    assert files_of(store) == files


def test_a_damaged_xorb_is_not_kept(recording: Recording, store: LocalStore) -> None:
    ((name, body),) = recording.xorbs.items()
    with pytest.raises(ContentMismatch):
        store_xorb(xorb=name, body=[body[:-1], bytes([body[-1] ^ 1])])
    assert Xorb.objects.count() == 0
    assert files_of(store) == []


def test_files_whose_xorb_was_damaged_meanwhile_are_not_registered(received: Recording, store: LocalStore) -> None:
    ((name, body),) = received.xorbs.items()
    for position in range(0, len(body), len(body) // 20):
        store.put(f"xorbs/{name}", [body[:position], bytes([body[position] ^ 1]), body[position + 1 :]])
        with pytest.raises(ContentMismatch, match="is damaged: ask the hub's operator"):
            register(received.shards[0])
        for blob in Blob.objects.all():  # registered before: of chunks that are whole
            assert hashlib.sha256(b"".join(open_blob(blob))).hexdigest() == blob.sha256
        Blob.objects.all().delete()


def test_a_shard_of_unknown_xorbs_is_refused(recording: Recording, store: LocalStore) -> None:
    with pytest.raises(ContentMismatch, match="were not uploaded, or their verification is wrong"):
        register(recording.shards[0])
    assert Blob.objects.count() == 0


TERM = struct.Struct("<32sIIII")
FIRST_TERM, FIRST_FILE = 96, 48


def with_term(body: bytes, **changes: int | bytes) -> bytes:
    """The shard with changed fields of its first term."""
    damaged = bytearray(body)
    names = ("xorb", "flags", "size", "first", "last")
    fields = dict(zip(names, TERM.unpack_from(damaged, FIRST_TERM), strict=True)) | changes
    TERM.pack_into(damaged, FIRST_TERM, *fields.values())
    return bytes(damaged)


@pytest.mark.parametrize(
    "changes",
    [{"first": 1}, {"last": 2**32 - 1}, {"last": 0}, {"size": 1}, {"xorb": bytes(32)}],
    ids=lambda changes: next(iter(changes)),
)
def test_ranges_that_are_not_proven_are_refused(received: Recording, changes: dict[str, int | bytes]) -> None:
    with pytest.raises(ContentMismatch, match="were not uploaded, or their verification is wrong"):
        register(with_term(received.shards[0], **changes))
    assert Blob.objects.count() == 0


def test_knowing_a_xorbs_hash_is_no_proof(received: Recording) -> None:
    """Somebody who knows only the hash of a private xorb makes a shard for its first chunk."""
    ((name, _),) = received.xorbs.items()
    guess = blake3(parse_hash(name), key=VERIFICATION_KEY).digest()
    damaged = bytearray(with_term(received.shards[0], first=0, last=1))
    (count,) = struct.unpack_from("<I", damaged, FIRST_FILE + 36)
    struct.pack_into("<32s", damaged, FIRST_TERM + 48 * count, guess)
    with pytest.raises(ContentMismatch, match="were not uploaded, or their verification is wrong"):
        register(bytes(damaged))
    assert Blob.objects.count() == 0


def test_a_file_beyond_the_limit_is_refused(received: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "MAX_FILE_BYTES", max(map(len, CONTENTS)) - 1)
    with pytest.raises(TooLarge):
        register(received.shards[0])
    assert Blob.objects.count() == 0


def test_another_file_hash_is_refused(received: Recording) -> None:
    damaged = bytearray(received.shards[0])
    damaged[FIRST_FILE] ^= 1
    with pytest.raises(ContentMismatch, match="do not hash to it"):
        register(bytes(damaged))
    assert Blob.objects.count() == 0


@pytest.mark.parametrize("known", [False, True])
def test_another_sha256_is_refused(received: Recording, known: bool) -> None:  # noqa: FBT001
    if known:
        register(received.shards[0])
    damaged = bytearray(received.shards[0])
    (count,) = struct.unpack_from("<I", damaged, FIRST_FILE + 36)
    damaged[FIRST_TERM + 48 * 2 * count] ^= 1
    with pytest.raises(ContentMismatch, match="has the sha256"):
        register(bytes(damaged))
    assert Blob.objects.count() == len(CONTENTS) * known


def test_every_flipped_byte_of_a_shard_is_refused_or_without_effect(received: Recording) -> None:
    """Only bytes that the hub does not use may change: flags of terms, unused fields, the xorb blocks."""
    expected = {hashlib.sha256(content).hexdigest() for content in CONTENTS}
    body = received.shards[0]
    for position in range(0, len(body), 5):
        damaged = bytearray(body)
        damaged[position] ^= 0x41
        try:
            blobs = register(bytes(damaged))
        except ContentMismatch:
            continue
        assert {blob.sha256 for blob in blobs} == expected
    assert {blob.sha256 for blob in Blob.objects.all()} <= expected
