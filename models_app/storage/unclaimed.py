"""The sweep of bytes: objects and git repositories that no row knows, once they are older than the grace.

They are what the sweep of rows has left, what processes left that died between storing and writing their row, and
repositories whose deletion was not finished.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hub.core.batches import batched
from models_app.blobs.errors import ObjectMissing
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.store import object_store
from models_app.blobs.stores.interface import StoredObject
from models_app.gitstore.inventory import StoredRepository, stored_repositories
from models_app.repos.models import Repo
from models_app.uploads.models import MultipartUpload

_BATCH = 500


def unclaimed_objects(
    kind: str, claimed: "QuerySet[Blob] | QuerySet[Xorb]", cutoff: datetime
) -> Iterator[StoredObject]:
    """Objects ``kind/<key>`` stored before `cutoff` whose key is not one of `claimed`."""
    for batch in batched(object_store().objects(kind), _BATCH):
        old = {item.key.removeprefix(f"{kind}/"): item for item in batch if item.modified < cutoff.timestamp()}
        known = set(claimed.filter(pk__in=old).values_list("pk", flat=True))
        yield from (item for key, item in old.items() if key not in known)


def remove_object(item: StoredObject, placeholder: Blob | Xorb, cutoff: datetime) -> bool:
    """Remove an unclaimed object, unless somebody has just stored these bytes again; whether it is gone.

    `placeholder` holds the place of the object's row meanwhile and is never committed. Who stores the same bytes now
    waits for it with a row of their own, and then looks whether the object is still there (`blobs.services`).
    """
    store = object_store()
    try:
        with transaction.atomic():
            placeholder.save(force_insert=True)
            if store.modified(item.key) < cutoff.timestamp():
                store.delete(item.key)
            transaction.set_rollback(True)
    except (IntegrityError, ObjectMissing):
        return False
    return not store.exists(item.key)


def unclaimed_parts(cutoff: datetime) -> Iterator[StoredObject]:
    """Parts of uploads that are over."""
    known = {str(pk) for pk in MultipartUpload.objects.values_list("pk", flat=True)}
    for item in object_store().objects("parts"):
        if item.modified < cutoff.timestamp() and item.key.split("/")[1] not in known:
            yield item


def unclaimed_repositories(cutoff: datetime) -> Iterator[StoredRepository]:
    """Git repositories of no repo. One that is being made is younger than any grace."""
    known: set[UUID] = set(Repo.objects.values_list("storage_id", flat=True))
    for stored in stored_repositories():
        if stored.storage_id not in known and stored.modified < cutoff.timestamp():
            yield stored
