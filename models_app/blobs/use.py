"""Keep rows from the sweep.

`models_app.storage` marks blobs and xorbs that nothing refers to, and deletes those whose mark is some weeks old. So
whoever is about to refer to one that is there already takes its mark away first; a row without a mark has weeks.
"""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import QuerySet

from hub.core.batches import batched
from models_app.blobs.models import Blob, Xorb

Row = TypeVar("Row", Blob, Xorb)
_BATCH = 500


def in_use(rows: QuerySet[Row]) -> Row | None:
    """The first of `rows`, which the sweep will now leave alone; None if there is none (any more)."""
    row = rows.first()
    if row is None or row.unused_since is None:
        return row
    rows.filter(pk=row.pk).update(unused_since=None)  # waits for a sweep that is just deleting it
    return rows.first()


def keep_blobs(sha256s: Collection[str]) -> None:
    """Take the marks away; within a transaction, until its end no sweep can look at these rows either."""
    for batch in batched(sorted(sha256s), _BATCH):
        marked = Blob.objects.filter(pk__in=batch, unused_since__isnull=False)
        # Locked in order: two commits of the same files must not wait for each other.
        if locked := [blob.pk for blob in marked.order_by("pk").select_for_update()]:
            Blob.objects.filter(pk__in=locked).update(unused_since=None)


def keep_xorbs(hashes: Collection[str]) -> None:
    for batch in batched(sorted(hashes), _BATCH):
        marked = Xorb.objects.filter(pk__in=batch, unused_since__isnull=False)
        if marked.exists():
            marked.update(unused_since=None)
