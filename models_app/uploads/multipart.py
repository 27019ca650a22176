"""LFS uploads in parts: a lost connection costs one part, not the file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from community.members.models import User
from hub.core.errors import StorageFull
from models_app.blobs.errors import ContentMismatch, ObjectMissing, PartAbsent
from models_app.blobs.keys import part_key, parts_prefix, whole_key
from models_app.blobs.models import Blob
from models_app.blobs.services import adopt_object, join_parts, store_part
from models_app.blobs.store import object_store
from models_app.uploads.errors import PartMissing
from models_app.uploads.grants import Destination
from models_app.uploads.models import MultipartUpload
from models_app.uploads.quotas import check_quota

_MAX_PARTS = 1000


def start_multipart(
    *, user: User, destination: Destination, sha256: str, size: int, direct: bool = True
) -> MultipartUpload:
    """The upload of these bytes to `destination` by `user`: the one under way, or a new one.

    Its parts may go to the store itself where that is possible, unless they are the hub's own (`direct` is false).
    """
    wanted: dict[str, Any] = {
        "user": user,
        "repo": destination.repo,
        "proposed": destination.proposer_id is not None,
        "sha256": sha256,
        "size": size,
        "chunk_size": max(settings.LFS_PART_BYTES, -(-size // _MAX_PARTS)),
    }
    store = object_store().direct if direct else None
    same = MultipartUpload.objects.filter(**wanted)
    if upload := (same if store is not None else same.filter(direct="")).first():
        return upload
    upload = MultipartUpload(**wanted)
    upload.direct = store.begin(whole_key(str(upload.pk))) if store is not None else ""
    upload.save(force_insert=True)
    return upload


def part_count(upload: MultipartUpload) -> int:
    return -(-upload.size // upload.chunk_size)


def part_url(upload: MultipartUpload, number: int, *, seconds: int) -> str | None:
    """Where in the store itself part `number` goes, for `seconds`; None where the hub takes it (`receive_part`)."""
    direct = object_store().direct
    if direct is None or not upload.direct:
        return None
    return direct.part_url(whole_key(str(upload.pk)), upload.direct, number, seconds=seconds)


def receive_part(*, upload: MultipartUpload, number: int, chunks: Iterable[bytes]) -> str:
    """Store part `number` (from 1) over an earlier try; its ETag.

    Raises `PartMissing` for a number out of range, and `StorageFull`; then the upload is given up.
    """
    if not 1 <= number <= part_count(upload):
        raise PartMissing(number)
    size = min(upload.chunk_size, upload.size - (number - 1) * upload.chunk_size)
    with _given_up_on_a_full_disk(upload):
        return store_part(key=part_key(str(upload.pk), number), size=size, chunks=chunks)


def complete_multipart(*, upload: MultipartUpload) -> Blob:
    """Put the parts together, check the whole, grant it to its destination and remove the parts.

    Raises `PartMissing`, `QuotaExceeded`, and what `join_parts` raises; then the parts stay for another try, unless the
    disk was full, or the store itself has put them together already.
    """
    check_quota(_destination(upload).namespace, {upload.sha256: upload.size})
    try:
        with _given_up_on_a_full_disk(upload):
            blob = _completed_in_store(upload) if upload.direct else _joined(upload)
    except ObjectMissing as error:  # a second request for the same upload was faster
        blob = _arrived(upload, error)
    _destination(upload).receive(blob)
    discard(upload)
    return blob


def _joined(upload: MultipartUpload) -> Blob:
    keys = [part_key(str(upload.pk), number) for number in range(1, part_count(upload) + 1)]
    for number, key in enumerate(keys, 1):
        if not object_store().exists(key):
            raise PartMissing(number)
    return join_parts(keys=keys, sha256=upload.sha256, size=upload.size)


def _completed_in_store(upload: MultipartUpload) -> Blob:
    direct, key = object_store().direct, whole_key(str(upload.pk))
    try:
        if direct is not None and not object_store().exists(key):  # else an earlier request died behind this step
            direct.finish(key, upload.direct, part_count(upload))
        return adopt_object(key=key, sha256=upload.sha256, size=upload.size)
    except PartAbsent as error:
        raise PartMissing(error.number) from None
    except ContentMismatch:
        discard(upload)
        raise


@contextmanager
def _given_up_on_a_full_disk(upload: MultipartUpload) -> Iterator[None]:
    """Remove the parts of a file that found no room: they would hold the disk full for everybody."""
    try:
        yield
    except StorageFull:
        discard(upload)
        raise


def _destination(upload: MultipartUpload) -> Destination:
    return Destination(upload.repo, upload.user_id if upload.proposed else None)


def _arrived(upload: MultipartUpload, error: ObjectMissing) -> Blob:
    blob = _destination(upload).holds([upload.sha256]).get(upload.sha256)
    if blob is None:
        raise error
    return blob


def discard(upload: MultipartUpload) -> None:
    """Remove an upload and its parts; the row last, so that a crash in between leaves something to find."""
    direct = object_store().direct
    if direct is not None and upload.direct:
        direct.give_up(whole_key(str(upload.pk)), upload.direct)
    object_store().delete(parts_prefix(str(upload.pk)))
    upload.delete()


def discard_abandoned(*, older_than: timedelta) -> None:
    """Remove uploads that were begun long ago and never completed."""
    for upload in MultipartUpload.objects.filter(created_at__lt=timezone.now() - older_than):
        discard(upload)
