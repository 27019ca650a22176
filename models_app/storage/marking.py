"""The mark: since when has nobody referred to this? Everything keeps or loses its mark here, nothing is deleted."""

import logging
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from hub.core.batches import batched
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.gitstore.integrity import HistoryBroken, all_large_files
from models_app.repos.models import Repo
from models_app.storage.rules import LOCKED_AT_ONCE
from models_app.uploads.models import Attachment, ProposedUpload, UploadGrant

log = logging.getLogger(__name__)


def mark_all(now: datetime) -> None:
    """A grant is used if a commit of its repo points to the blob; a blob, by a used grant, a proposal or an attachment;
    a xorb, by a used blob.

    So all that a file consists of begins its grace together.
    """
    for repo in Repo.objects.order_by("pk").iterator():
        try:
            mark_grants(repo, now)
        except HistoryBroken:  # what it points to is not known, so all of it stays
            log.exception("The history of repo %s is broken: nothing of it was marked", repo.pk)
    granted = UploadGrant.objects.filter(blob=OuterRef("pk"), unused_since=None)
    proposed = ProposedUpload.objects.filter(blob=OuterRef("pk"))
    attached = Attachment.objects.filter(blob=OuterRef("pk"))
    _mark(Blob.objects.all(), Q(Exists(granted)) | Q(Exists(proposed)) | Q(Exists(attached)), now)
    _mark(Xorb.objects.all(), Exists(BlobSegment.objects.filter(xorb=OuterRef("pk"), blob__unused_since=None)), now)


def mark_grants(repo: Repo, now: datetime) -> None:
    """Mark what no commit of `repo` points to, and unmark what one points to again. Raises `HistoryBroken`."""
    grants = UploadGrant.objects.filter(repo=repo)
    marks = dict(grants.values_list("blob", "unused_since"))
    used = {file.pointer.sha256 for file in all_large_files(repo.storage_id)} if marks else set()
    new = sorted(sha256 for sha256, mark in marks.items() if mark is None and sha256 not in used)
    for batch in batched(new, LOCKED_AT_ONCE):
        grants.filter(blob__in=batch, unused_since=None).update(unused_since=now)
    back = sorted(sha256 for sha256, mark in marks.items() if mark is not None and sha256 in used)
    for batch in batched(back, LOCKED_AT_ONCE):
        grants.filter(blob__in=batch).update(unused_since=None)


def _mark(rows: "QuerySet[Blob] | QuerySet[Xorb]", used: Exists | Q, now: datetime) -> None:
    rows.filter(~used, unused_since=None).update(unused_since=now)
    rows.filter(used, unused_since__isnull=False).update(unused_since=None)
