"""Garbage collection: mark what nobody refers to, and sweep what has been marked for longer than the grace.

Clients remember for three weeks what they have sent, and then name it without sending it again: so the grace is four.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from models_app.blobs.models import Blob, Xorb
from models_app.blobs.store import object_store
from models_app.gitstore.inventory import remove_leftovers, stored_repositories
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.storage.errors import DatabaseEmpty
from models_app.storage.marking import mark_all
from models_app.storage.sweeping import expired_blobs, expired_xorbs, sweep_rows
from models_app.storage.unclaimed import remove_object, unclaimed_objects, unclaimed_parts, unclaimed_repositories

GRACE = timedelta(days=28)
_DEAD_AFTER = timedelta(days=2)  # no process writes to a scratch file that long without adding to it


@dataclass
class Amount:
    """So many things of so many bytes together."""

    count: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        self.count += 1
        self.size += size


@dataclass
class Collected:
    """What was removed, or would be. `waiting` are blobs and xorbs whose grace is not over."""

    files: Amount = field(default_factory=Amount)
    xorbs: Amount = field(default_factory=Amount)
    parts: Amount = field(default_factory=Amount)
    repositories: Amount = field(default_factory=Amount)
    waiting: Amount = field(default_factory=Amount)

    @property
    def size(self) -> int:
        return sum(amount.size for amount in (self.files, self.xorbs, self.parts, self.repositories))


def collect_garbage(*, grace: timedelta = GRACE, dry_run: bool = False) -> Collected:
    """Remove what nobody has referred to for `grace`; with `dry_run` only count it.

    Safe beside uploads and beside itself. Killed at any point, it goes on from there the next time. Raises
    `DatabaseEmpty` rather than to remove everything.
    """
    _check_database()
    if not dry_run:
        mark_all(timezone.now())
    cutoff = timezone.now() - grace
    if not dry_run:
        sweep_rows(cutoff)
        object_store().remove_leftovers(seconds=_DEAD_AFTER.total_seconds())
        remove_leftovers(seconds=_DEAD_AFTER.total_seconds())
    collected = Collected()
    _collect_objects(collected, cutoff, dry_run=dry_run)
    _collect_parts(collected, cutoff, dry_run=dry_run)
    _collect_repositories(collected, cutoff, dry_run=dry_run)
    _count_waiting(collected, cutoff)
    return collected


def _collect_objects(collected: Collected, cutoff: datetime, *, dry_run: bool) -> None:
    files, xorbs = Blob.objects.all(), Xorb.objects.all()
    if dry_run:  # the expired rows are still there
        files = files.exclude(pk__in=expired_blobs(cutoff).values("pk"))
        xorbs = xorbs.exclude(pk__in=expired_xorbs(cutoff).values("pk"))
    for item in unclaimed_objects("lfs", files, cutoff):
        place = Blob(sha256=item.key.removeprefix("lfs/"), size=item.size, flat=True)
        if dry_run or remove_object(item, place, cutoff):
            collected.files.add(item.size)
    for item in unclaimed_objects("xorbs", xorbs, cutoff):
        xorb = Xorb(hash=item.key.removeprefix("xorbs/"), stored_bytes=item.size, raw_bytes=0, chunk_index=b"")
        if dry_run or remove_object(item, xorb, cutoff):
            collected.xorbs.add(item.size)


def _collect_parts(collected: Collected, cutoff: datetime, *, dry_run: bool) -> None:
    for item in unclaimed_parts(cutoff):
        collected.parts.add(item.size)
        if not dry_run:
            object_store().delete(item.key)


def _collect_repositories(collected: Collected, cutoff: datetime, *, dry_run: bool) -> None:
    for stored in unclaimed_repositories(cutoff):
        collected.repositories.add(stored.size)
        if not dry_run:
            GitRepository.delete(stored.storage_id)


def _count_waiting(collected: Collected, cutoff: datetime) -> None:
    waiting = {"unused_since__gte": cutoff}
    for flat in Blob.objects.filter(flat=True, **waiting).values_list("size", flat=True).iterator():
        collected.waiting.add(flat)
    for stored in Xorb.objects.filter(**waiting).values_list("stored_bytes", flat=True).iterator():
        collected.waiting.add(stored)


def _check_database() -> None:
    if Repo.objects.exists() or Blob.objects.exists() or Xorb.objects.exists():
        return
    store = object_store()
    if any(any(store.objects(kind)) for kind in ("lfs", "xorbs")) or any(stored_repositories()):
        raise DatabaseEmpty
