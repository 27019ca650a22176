"""Which repo may point to which blob."""

from collections.abc import Iterable, Sequence

from community.members.actors import Actor
from models_app.blobs.models import Blob
from models_app.repos.models import Repo
from models_app.repos.queries import may_write
from models_app.uploads.models import UploadGrant


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


def usable(actor: Actor, repo: Repo, sha256s: Iterable[str]) -> dict[str, Blob]:
    """Those of `sha256s`, by sha256, that `actor` may point to from `repo` without sending the bytes again.

    These were sent to `repo`, or to another repo that `actor` may write to. That a repo is readable is not enough:
    what was sent to it may never have been committed there. Everything else counts as unknown, stored or not.
    """
    wanted = set(sha256s)
    blobs = granted(repo, wanted)
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


def may_use(actor: Actor, repo: Repo, sha256: str) -> bool:
    """Whether `actor` may commit a pointer to `sha256` in `repo`; see `usable`."""
    return sha256 in usable(actor, repo, [sha256])
