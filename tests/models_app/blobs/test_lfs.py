"""Flat objects, whole and in parts."""

import hashlib

import pytest

from models_app.blobs.errors import ContentMismatch, ObjectMissing
from models_app.blobs.models import Blob
from models_app.blobs.reader import blob_path, open_blob
from models_app.blobs.services import join_parts, store_lfs, store_part
from models_app.blobs.store import LocalStore
from tests.models_app.blobs.conftest import files_of

CONTENT = b"weights " * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()

pytestmark = pytest.mark.django_db


def test_store_and_read(store: LocalStore) -> None:
    blob = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT[:10], CONTENT[10:]])
    assert (blob.sha256, blob.size, blob.flat) == (SHA256, len(CONTENT), True)
    assert b"".join(open_blob(blob)) == CONTENT
    assert b"".join(open_blob(blob, 5, 20)) == CONTENT[5:20]
    assert b"".join(open_blob(blob, len(CONTENT), None)) == b""
    path = blob_path(blob)
    assert path is not None
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("chunks", "sentence"),
    [
        ([CONTENT[:-1]], "Only 7999 of the announced 8000 bytes were sent."),
        ([CONTENT, b"x"], "More than the announced 8000 bytes were sent."),
        ([CONTENT[:-1], b"x"], f"not {SHA256}."),
        ([], "Only 0 of the announced 8000 bytes were sent."),
    ],
)
@pytest.mark.parametrize("known", [False, True])
def test_wrong_bytes_are_refused_and_not_kept(
    store: LocalStore,
    chunks: list[bytes],
    sentence: str,
    known: bool,  # noqa: FBT001
) -> None:
    if known:
        store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    with pytest.raises(ContentMismatch) as refusal:
        store_lfs(sha256=SHA256, size=len(CONTENT), chunks=chunks)
    assert refusal.value.message.endswith(sentence)
    assert files_of(store) == [SHA256] * known
    assert Blob.objects.count() == known


def test_again_is_the_same_blob_and_reads_every_byte(store: LocalStore) -> None:
    first = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    chunks = iter([CONTENT[:10], CONTENT[10:]])
    assert store_lfs(sha256=SHA256, size=len(CONTENT), chunks=chunks) == first
    assert list(chunks) == []
    assert files_of(store) == [SHA256]


def test_an_object_that_was_lost_is_healed_by_whoever_sends_it_again(store: LocalStore) -> None:
    blob = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    store.delete(f"lfs/{SHA256}")
    assert store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT]) == blob
    assert b"".join(open_blob(blob)) == CONTENT


def test_parts(store: LocalStore) -> None:
    etags = [
        store_part(key="parts/1/1", size=5000, chunks=[CONTENT[:5000]]),
        store_part(key="parts/1/2", size=3000, chunks=[CONTENT[5000:6000], CONTENT[6000:]]),
    ]
    assert etags == [hashlib.sha256(part).hexdigest() for part in (CONTENT[:5000], CONTENT[5000:])]
    blob = join_parts(keys=["parts/1/1", "parts/1/2"], sha256=SHA256, size=len(CONTENT))
    assert b"".join(open_blob(blob)) == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:9], CONTENT[:11]])
def test_a_part_of_another_size_is_not_kept(store: LocalStore, content: bytes) -> None:
    store_part(key="parts/1/1", size=10, chunks=[CONTENT[:10]])
    with pytest.raises(ContentMismatch):
        store_part(key="parts/1/1", size=10, chunks=[content])
    assert b"".join(store.open_range("parts/1/1", 0, 20)) == CONTENT[:10]


def test_joining_refuses_wrong_parts_and_keeps_them(store: LocalStore) -> None:
    store_part(key="parts/1/1", size=10, chunks=[CONTENT[:10]])
    with pytest.raises(ContentMismatch):
        join_parts(keys=["parts/1/1"], sha256=SHA256, size=10)
    with pytest.raises(ObjectMissing):
        join_parts(keys=["parts/1/1", "parts/1/2"], sha256=SHA256, size=len(CONTENT))
    assert files_of(store) == ["1"]
    assert Blob.objects.count() == 0
