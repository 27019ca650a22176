"""The sweep of rows: what has been marked for longer than the grace, and is still not referred to.

Every row is looked at again under a lock. Whoever refers to it anew takes its mark away before (`models_app.blobs.use`,
`uploads.grants`): then it is spared; or comes later, finds no row, and stores the bytes like any others.
Objects are not touched here: without a row they are found by `models_app.storage.unclaimed`, also after a kill -9.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from hub.core.batches import batched
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.gitstore.integrity import HistoryBroken, all_large_files, all_references
from models_app.repos.models import Repo
from models_app.storage.rules import LOCKED_AT_ONCE
from models_app.uploads.models import Attachment, ProposedUpload, UploadGrant


def expired_grants(cutoff: datetime) -> QuerySet[UploadGrant]:
    return UploadGrant.objects.filter(unused_since__lt=cutoff)


def expired_blobs(cutoff: datetime) -> QuerySet[Blob]:
    """Those that will have no grant, no proposal and no attachment once the expired ones are gone."""
    others = UploadGrant.objects.filter(blob=OuterRef("pk")).exclude(unused_since__lt=cutoff)
    proposed = ProposedUpload.objects.filter(blob=OuterRef("pk"), created_at__gte=cutoff)
    attached = Attachment.objects.filter(blob=OuterRef("pk"))
    return Blob.objects.filter(~Exists(others), ~Exists(proposed), ~Exists(attached), unused_since__lt=cutoff)


def expired_xorbs(cutoff: datetime) -> QuerySet[Xorb]:
    """Those that will be part of no blob once the expired ones are gone."""
    others = BlobSegment.objects.filter(xorb=OuterRef("pk")).exclude(blob__in=expired_blobs(cutoff))
    return Xorb.objects.filter(~Exists(others), unused_since__lt=cutoff)


def sweep_rows(cutoff: datetime) -> None:
    ProposedUpload.objects.filter(created_at__lt=cutoff).delete()
    repos = Repo.objects.filter(grants__in=expired_grants(cutoff)).distinct()
    for pk in list(repos.values_list("pk", flat=True)):
        with suppress(HistoryBroken):  # told when it was marked
            _sweep_grants(pk, cutoff)
    for batch in batched(sorted(expired_blobs(cutoff).values_list("pk", flat=True)), LOCKED_AT_ONCE):
        _sweep_blobs(batch, cutoff)
    for batch in batched(sorted(expired_xorbs(cutoff).values_list("pk", flat=True)), LOCKED_AT_ONCE):
        _sweep_xorbs(batch, cutoff)


def _sweep_grants(repo_pk: int, cutoff: datetime) -> None:
    """Look into the history once more; if it does not move meanwhile, nobody can commit before the grants are gone."""
    repo = Repo.objects.filter(pk=repo_pk).first()
    if repo is None:
        return
    before = all_references(repo.storage_id)
    used = {file.pointer.sha256 for file in all_large_files(repo.storage_id)}
    expired = set(expired_grants(cutoff).filter(repo=repo).values_list("blob", flat=True)) - used
    with transaction.atomic():
        locked = Repo.objects.select_for_update(of=("self",)).filter(pk=repo_pk).first()
        if locked is not None and all_references(repo.storage_id) == before:
            for batch in batched(sorted(expired), LOCKED_AT_ONCE):
                expired_grants(cutoff).filter(repo=repo, blob__in=batch).delete()


@transaction.atomic
def _sweep_blobs(sha256s: list[str], cutoff: datetime) -> None:
    locked = Blob.objects.filter(pk__in=sha256s, unused_since__lt=cutoff).order_by("pk").select_for_update()
    granted = UploadGrant.objects.filter(blob=OuterRef("pk"))
    proposed = ProposedUpload.objects.filter(blob=OuterRef("pk"))
    attached = Attachment.objects.filter(blob=OuterRef("pk"))
    # A second statement: only what begins after the lock is held sees every grant that was made before.
    unused = Blob.objects.filter(~Exists(granted), ~Exists(proposed), ~Exists(attached))
    unused.filter(pk__in=[blob.pk for blob in locked]).delete()


@transaction.atomic
def _sweep_xorbs(hashes: list[str], cutoff: datetime) -> None:
    locked = Xorb.objects.filter(pk__in=hashes, unused_since__lt=cutoff).order_by("pk").select_for_update()
    parts = BlobSegment.objects.filter(xorb=OuterRef("pk"))
    keys = list(locked.values_list("pk", flat=True))
    Xorb.objects.filter(~Exists(parts), pk__in=keys).delete()
