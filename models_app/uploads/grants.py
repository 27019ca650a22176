"""Which repo may point to which blob."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from community.discussions.queries import may_take_part
from community.members.actors import Actor
from community.members.models import Namespace
from models_app.blobs.models import Blob
from models_app.repos.models import Repo
from models_app.repos.queries import check_write, may_read_content, may_write, visible_repos
from models_app.uploads.models import ProposedUpload, UploadGrant


def grant(repo: Repo, blob: Blob) -> None:
    """Allow `repo` to point to `blob`: a writer of it has just shown to have the bytes."""
    row, _ = UploadGrant.objects.get_or_create(repo=repo, blob=blob)
    if row.unused_since is not None:
        # Once more, under a lock: the sweep of unused grants may be deleting this one.
        UploadGrant.objects.update_or_create(repo=repo, blob=blob, defaults={"unused_since": None})


def renew(sha256s: Iterable[str]) -> None:
    """Keep from the sweep what somebody was told to be there already: a commit will soon point to it."""
    UploadGrant.objects.filter(blob__in=set(sha256s), unused_since__isnull=False).update(unused_since=None)


def mark_committed(repo: Repo, blobs: Sequence[Blob]) -> None:
    """Grant `blobs` to `repo`, and note that a commit there points to them."""
    for blob in blobs:
        grant(repo, blob)
    UploadGrant.objects.filter(repo=repo, blob__in=blobs).update(committed=True)


def granted(repo: Repo, sha256s: Iterable[str]) -> dict[str, Blob]:
    """Those of `sha256s`, by sha256, whose bytes were sent to `repo`."""
    return {blob.sha256: blob for blob in Blob.objects.filter(grants__repo=repo, sha256__in=set(sha256s))}


@dataclass(frozen=True)
class Destination:
    """For whom bytes on their way are: for `repo`, or only for what the member `proposer_id` proposes to it."""

    repo: Repo
    proposer_id: int | None = None

    @property
    def namespace(self) -> Namespace:
        """Whose space the bytes take: a proposer's own, until a commit in the repo points to them."""
        if self.proposer_id is None:
            return self.repo.namespace
        return Namespace.objects.get(user=self.proposer_id)

    def receive(self, blob: Blob) -> None:
        """The bytes of `blob` have been sent here."""
        if self.proposer_id is None:
            grant(self.repo, blob)
        else:
            # Sent again, its weeks until the sweep begin again.
            now = {"created_at": timezone.now()}
            ProposedUpload.objects.update_or_create(repo=self.repo, user_id=self.proposer_id, blob=blob, defaults=now)

    def holds(self, sha256s: Iterable[str]) -> dict[str, Blob]:
        """Those of `sha256s`, by sha256, that have been sent here."""
        if self.proposer_id is None:
            return granted(self.repo, sha256s)
        mine = Blob.objects.filter(proposals__repo=self.repo, proposals__user=self.proposer_id)
        return {blob.sha256: blob for blob in mine.filter(sha256__in=set(sha256s))}


def destination_of(actor: Actor, repo: Repo) -> Destination:
    """Where bytes go that `actor` sends to `repo`: readers may propose. Raises `WriteForbidden`, `RepoNotFound`."""
    if not may_write(actor, repo) and may_propose(actor, repo):
        return Destination(repo, actor.user.pk if actor.user else None)
    check_write(actor, repo)
    return Destination(repo)


def may_propose(actor: Actor, repo: Repo) -> bool:
    """Whether `actor` may open pull requests: who may read the files may also propose others."""
    seen = may_take_part(actor) and visible_repos(actor).filter(pk=repo.pk).exists()
    return seen and may_read_content(actor, repo)


def usable(actor: Actor, repo: Repo, sha256s: Iterable[str]) -> dict[str, Blob]:
    """Those of `sha256s`, by sha256, that `actor` may point to from `repo` without sending the bytes again.

    These were sent to `repo`, or to another repo that `actor` may write to. That a repo is readable is not enough:
    what was sent to it may never have been committed there. So who may only read `repo` may point to what is committed
    there, and to what they have sent to propose it. Everything else counts as unknown, stored or not.
    """
    wanted = set(sha256s)
    blobs = _sent(actor, repo, wanted)
    others = (
        UploadGrant.objects.filter(blob__in=wanted - blobs.keys())
        .exclude(repo=repo)
        .select_related("blob", "repo__namespace")
    )
    writable: dict[int, bool] = {}
    for other in others:
        if other.repo_id not in writable:
            writable[other.repo_id] = may_write(actor, other.repo)
        if writable[other.repo_id]:
            blobs[other.blob_id] = other.blob
    return blobs


def _sent(actor: Actor, repo: Repo, sha256s: set[str]) -> dict[str, Blob]:
    if may_write(actor, repo):
        return granted(repo, sha256s)
    if actor.user is None or not may_propose(actor, repo):
        return {}
    open_to_readers = Blob.objects.filter(grants__repo=repo, grants__committed=True, sha256__in=sha256s)
    return {blob.sha256: blob for blob in open_to_readers} | Destination(repo, actor.user.pk).holds(sha256s)


def may_use(actor: Actor, repo: Repo, sha256: str) -> bool:
    """Whether `actor` may commit a pointer to `sha256` in `repo`; see `usable`."""
    return sha256 in usable(actor, repo, [sha256])
