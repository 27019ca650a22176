"""Change a repository's past, and copy one with its past."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet

from community.members.actors import Actor
from hub.core.jsondata import storable_text
from models_app.blobs.models import Blob
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository, LargeFile
from models_app.repos.authors import author_of
from models_app.repos.errors import RepoHidden
from models_app.repos.hooks import RefUpdate, RepoChange, repo_changed
from models_app.repos.models import Repo
from models_app.repos.queries import check_content, check_write
from models_app.repos.services import check_name, lock_repo, make_repo
from models_app.uploads.grants import grant, mark_committed
from models_app.uploads.models import UploadGrant
from models_app.uploads.quotas import check_quota
from models_app.uploads.services import refresh_head, try_refresh_head

_MOVING = ("refs/heads/", "refs/pr/", "refs/convert/")  # references that commits are made on


@transaction.atomic
def super_squash(*, actor: Actor, repo: Repo, branch: str, message: str) -> str:
    """Make `branch` (a name or a full ``refs/…``) one commit without a past; its sha.

    The files stay as they are; what only the past held can be reached no more. Raises `RevisionNotFound`, for tags too.
    """
    locked = lock_repo(repo)
    check_write(actor, locked)
    if branch.startswith("refs/") and not branch.startswith(_MOVING):
        raise RevisionNotFound(branch)
    git = GitRepository.open(locked.storage_id)
    reference = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    with _telling(locked, git):
        return git.squash(branch=reference, author=author_of(actor), message=storable_text(message))


@contextmanager
def _telling(repo: Repo, git: GitRepository) -> Iterator[None]:
    """Read the head again and tell the hooks of every reference that moves meanwhile."""
    before = {ref.ref: ref.target for ref in git.refs("refs/")}
    yield
    head = f"refs/heads/{DEFAULT_BRANCH}"
    moved = [
        RefUpdate(ref.ref, before.get(ref.ref), ref.target)
        for ref in git.refs("refs/")
        if ref.ref != head and ref.target != before.get(ref.ref)
    ]
    if moved:
        repo_changed(RepoChange("content", repo, tuple(moved)))
    try_refresh_head(repo)  # tells of the head itself


def large_files_of(actor: Actor, repo: Repo) -> tuple[QuerySet[UploadGrant], dict[str, LargeFile]]:
    """What was sent to `repo`, each with its ``.blob``, and where in its history each lies, by sha256.

    A file that no commit names is missing in the second. Raises `WriteForbidden`.
    """
    check_write(actor, repo)
    places = {file.pointer.sha256: file for file in GitRepository.open(repo.storage_id).large_files()}
    return UploadGrant.objects.filter(repo=repo).select_related("blob"), places


def delete_large_files(*, actor: Actor, repo: Repo, sha256s: Collection[str], rewrite: bool) -> None:
    """Take large files away from `repo` for good; unknown ones are no error, so a request may be repeated.

    With `rewrite` every commit of every branch, tag and pull request that holds them is replaced by one that does not:
    commits get new ids. Without it the pointers stay, and lead nowhere. The bytes stay while another repo has them.
    """
    check_write(actor, repo)
    wanted = set(sha256s)
    with transaction.atomic():
        locked = lock_repo(repo)
        check_write(actor, locked)
        git = GitRepository.open(locked.storage_id)
        with _telling(locked, git):
            if rewrite:
                # First: after a crash the grants still list what is left to do.
                git.forget({file.oid for file in git.large_files() if file.pointer.sha256 in wanted})
            UploadGrant.objects.filter(repo=locked, blob__in=wanted).delete()


def duplicate_repo(*, actor: Actor, source: Repo, namespace: str, name: str, private: bool | None = None) -> Repo:
    """A copy of `source` with its branches, tags, card and history, as private as `source` unless `private` says else.

    A gate is copied too: whoever was let in may not open it for others by a copy. No large file is copied, the copy
    is only allowed to point to those that a commit of `source` names. Raises as `create_repo` does, `GatedRepo`,
    `RepoHidden` and `QuotaExceeded`.
    """
    check_content(actor, source)
    if source.hidden:
        raise RepoHidden(source.full_id)
    check_name(actor=actor, kind=source.kind, namespace=namespace, name=name)
    storage_id = _copied(source)

    def fill(copy: Repo) -> None:
        git = GitRepository.open(storage_id)
        blobs = _shared(source, {file.pointer.sha256 for file in git.large_files()})
        check_quota(copy.namespace, {blob.pk: blob.size for blob in blobs}, regular=source.regular_bytes)
        copy.gated, copy.head_sha = source.gated, git.resolve(DEFAULT_BRANCH)
        copy.save(update_fields=["gated", "head_sha"])
        mark_committed(copy, blobs)
        refresh_head(copy)

    return make_repo(
        actor=actor,
        kind=source.kind,
        namespace=namespace,
        name=name,
        private=source.private if private is None else private,
        storage_id=storage_id,
        fill=fill,
    )


def _copied(source: Repo) -> uuid.UUID:
    """The storage id of a new git repository with the content of `source`. No transaction waits for it."""
    storage_id = uuid.uuid4()
    try:
        GitRepository.create(storage_id).copy_from(GitRepository.open(source.storage_id))
    except BaseException:
        GitRepository.delete(storage_id)
        raise
    return storage_id


def share_large_files(*, actor: Actor, source: Repo, target: Repo, sha256s: Iterable[str]) -> set[str]:
    """Allow `target` to point to those of `sha256s` that a commit of `source` names; these.

    What was sent to `source` but never committed is nobody's to have. Raises `GatedRepo`, `WriteForbidden` and
    `QuotaExceeded`.
    """
    check_content(actor, source)
    check_write(actor, target)
    committed = {file.pointer.sha256 for file in GitRepository.open(source.storage_id).large_files()}
    blobs = _shared(source, committed.intersection(sha256s))
    check_quota(target.namespace, {blob.pk: blob.size for blob in blobs})
    for blob in blobs:
        grant(target, blob)
    return {blob.pk for blob in blobs}


def _shared(source: Repo, sha256s: Collection[str]) -> list[Blob]:
    """Those of the blobs `sha256s` that `source` may point to."""
    return [blob for blob in Blob.objects.filter(grants__repo=source).iterator() if blob.pk in sha256s]
