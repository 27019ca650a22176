"""How much a namespace may use, and does.

What counts is what its repos hold, private or not: each large file once, however many of its repos and commits hold it,
and the small files at the heads. What other namespaces store, and how the hub saves space, changes nothing.
"""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from community.members.models import Namespace, Organization
from hub.core.errors import DomainError
from hub.templatetags.ui import filesize
from models_app.blobs.models import Blob
from models_app.gitstore.objects import AddBlob, AddFile, Change
from models_app.gitstore.repository import GitRepository
from models_app.repos.hooks import RepoChange
from models_app.repos.models import Repo
from models_app.uploads.models import Attachment, ProposedUpload, StorageQuota, UploadGrant


class QuotaExceeded(DomainError):
    """More than the namespace may use."""

    status = 413
    code = "quota_exceeded"

    def __init__(self, namespace: Namespace, *, used: int, allowed: int, more: int, told: bool = True) -> None:
        if not told:
            super().__init__(_("%(name)s has no space left for this upload.") % {"name": namespace})
            return
        what = {"name": namespace, "used": filesize(used), "allowed": filesize(allowed), "more": filesize(more)}
        said = (
            _("%(name)s uses %(used)s of the %(allowed)s it may use, and %(more)s more do not fit.")
            if more
            else _("%(name)s uses %(used)s of the %(allowed)s it may use: nothing more fits.")
        )
        advice = _("Delete repositories that nobody needs any more, or ask the operator of this hub for more space.")
        super().__init__(f"{said % what} {advice}")


def allowed_bytes(namespace: Namespace) -> int | None:
    """What `namespace` may use; None: without limit."""
    own = StorageQuota.objects.filter(namespace=namespace).first()
    if own is not None:
        return own.allowed_bytes
    organization = Organization.objects.filter(namespace=namespace).exists()
    return (settings.ORGANIZATION_QUOTA_BYTES if organization else settings.MEMBER_QUOTA_BYTES) or None


def used_bytes(namespace: Namespace) -> int:
    """What counts against the quota."""
    regular = Repo.objects.filter(namespace=namespace).aggregate(total=Sum("regular_bytes"))["total"]
    return (blobs_of(namespace).aggregate(total=Sum("size"))["total"] or 0) + (regular or 0)


def blobs_of(namespace: Namespace) -> QuerySet[Blob]:
    """The large files of all repos of `namespace`, those it proposes to others, and its attachments; each once."""
    granted = UploadGrant.objects.filter(repo__namespace=namespace).values("blob")
    proposed = ProposedUpload.objects.filter(user__namespace=namespace).values("blob")
    attached = Attachment.objects.filter(user__namespace=namespace).values("blob")
    return Blob.objects.filter(Q(pk__in=granted) | Q(pk__in=proposed) | Q(pk__in=attached))


def check_quota(namespace: Namespace, blobs: Mapping[str, int], *, regular: int = 0, told: bool = True) -> None:
    """Whether large files, sizes by sha256, and `regular` bytes more have room. Raises `QuotaExceeded`.

    Its numbers are for members of the namespace: others are not `told`.
    Two uploads at once may both find the last room free. The next one is refused.
    """
    allowed = allowed_bytes(namespace)
    if allowed is None:
        return
    known = set(blobs_of(namespace).filter(pk__in=blobs).values_list("pk", flat=True))
    more = regular + sum(size for sha256, size in blobs.items() if sha256 not in known)
    if more and (used := used_bytes(namespace)) + more > allowed:
        raise QuotaExceeded(namespace, used=used, allowed=allowed, more=more, told=told)


def check_room(namespace: Namespace) -> None:
    """Whether there is room for anything at all. Raises `QuotaExceeded`."""
    allowed = allowed_bytes(namespace)
    if allowed is not None and (used := used_bytes(namespace)) >= allowed:
        raise QuotaExceeded(namespace, used=used, allowed=allowed, more=0)


def check_transfer(change: RepoChange) -> None:
    """A repo that goes to another owner must find room there (a handler of `repos.hooks`). Raises `QuotaExceeded`."""
    namespace = change.repo.namespace
    if change.what != "moved" or change.moved_from.partition("/")[0] == namespace.name:
        return
    allowed, used = allowed_bytes(namespace), used_bytes(namespace)  # the repo is counted there already
    if allowed is not None and used > allowed:
        raise QuotaExceeded(namespace, used=used, allowed=allowed, more=0)


def regular_size(git: GitRepository, changes: Iterable[Change]) -> int:
    """Bytes of the small files that `changes` put into git."""
    return sum(
        len(change.content) if isinstance(change, AddFile) else git.size(change.oid)
        for change in changes
        if isinstance(change, AddFile | AddBlob)
    )
