"""LFS uploads in parts."""

import errno
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from community.members.models import User
from hub.core.errors import StorageFull
from models_app.blobs.errors import ContentMismatch
from models_app.blobs.models import Blob
from models_app.blobs.reader import open_blob
from models_app.blobs.store import object_store
from models_app.repos.models import Repo
from models_app.uploads.errors import PartMissing
from models_app.uploads.grants import Destination, granted
from models_app.uploads.models import MultipartUpload
from models_app.uploads.multipart import (
    complete_multipart,
    discard_abandoned,
    part_count,
    receive_part,
    start_multipart,
)

CONTENT = bytes(range(250))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def upload(alice: User, repo: Repo, settings: Settings) -> MultipartUpload:
    settings.LFS_PART_BYTES = 100
    return start_multipart(user=alice, destination=Destination(repo), sha256=SHA256, size=len(CONTENT))


def send(upload: MultipartUpload, *numbers: int) -> None:
    for number in numbers:
        receive_part(upload=upload, number=number, chunks=[CONTENT[(number - 1) * 100 : number * 100]])


def stored_parts(upload: MultipartUpload | UUID) -> list[int]:
    key = upload if isinstance(upload, UUID) else upload.pk
    return [number for number in range(1, 5) if object_store().exists(f"parts/{key}/{number}")]


def full_disk() -> Iterator[bytes]:
    yield b"x"
    raise OSError(errno.ENOSPC, "No space left on device")


def test_parts_become_a_blob_of_the_repo(upload: MultipartUpload, repo: Repo) -> None:
    assert part_count(upload) == 3
    send(upload, 2, 1, 3, 3)
    key = upload.pk
    blob = complete_multipart(upload=upload)
    assert b"".join(open_blob(blob)) == CONTENT
    assert granted(repo, [SHA256]) == {SHA256: blob}
    assert stored_parts(key) == []
    assert not MultipartUpload.objects.exists()


def test_starting_again_goes_on_with_the_same_upload(upload: MultipartUpload, alice: User, repo: Repo) -> None:
    assert start_multipart(user=alice, destination=Destination(repo), sha256=SHA256, size=len(CONTENT)) == upload
    assert start_multipart(user=alice, destination=Destination(repo), sha256=SHA256, size=251) != upload


@pytest.mark.parametrize("number", [0, 4, 10**9])
def test_a_part_out_of_range(upload: MultipartUpload, number: int) -> None:
    with pytest.raises(PartMissing):
        receive_part(upload=upload, number=number, chunks=[b"x"])


def test_completed_too_early_it_can_go_on(upload: MultipartUpload) -> None:
    send(upload, 1, 3)
    with pytest.raises(PartMissing, match="Part 2"):
        complete_multipart(upload=upload)
    assert stored_parts(upload) == [1, 3]
    send(upload, 2)
    assert complete_multipart(upload=upload).size == 250


def test_wrong_bytes_are_refused_and_the_parts_stay(upload: MultipartUpload, repo: Repo) -> None:
    send(upload, 1, 2)
    receive_part(upload=upload, number=3, chunks=[b"x" * 50])
    with pytest.raises(ContentMismatch):
        complete_multipart(upload=upload)
    assert not Blob.objects.exists()
    assert granted(repo, [SHA256]) == {}
    assert stored_parts(upload) == [1, 2, 3]


def test_a_full_disk_gives_the_upload_up(upload: MultipartUpload) -> None:
    send(upload, 1)
    key = upload.pk
    with pytest.raises(StorageFull):
        receive_part(upload=upload, number=2, chunks=full_disk())
    assert stored_parts(key) == []
    assert not MultipartUpload.objects.exists()


def test_huge_files_get_larger_parts_instead_of_more(alice: User, repo: Repo, upload: MultipartUpload) -> None:
    huge = start_multipart(user=alice, destination=Destination(repo), sha256="0" * 64, size=1_000_001)
    assert part_count(huge) == 1000
    assert huge.chunk_size == 1001


def test_abandoned_uploads_are_removed(upload: MultipartUpload, alice: User, repo: Repo) -> None:
    send(upload, 1)
    recent = start_multipart(user=alice, destination=Destination(repo), sha256="0" * 64, size=250)
    MultipartUpload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(days=3))
    discard_abandoned(older_than=timedelta(days=2))
    assert list(MultipartUpload.objects.all()) == [recent]
    assert stored_parts(upload) == []
