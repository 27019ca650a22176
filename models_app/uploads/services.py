"""Commit to a repository, and keep its row in step with its head."""

import logging
from collections.abc import Sequence

from django.db import transaction

from community.members.actors import Actor
from hub.core.jsondata import storable_text
from models_app.gitstore.objects import AddPointer, Change
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.authors import author_of
from models_app.repos.hooks import ref_moved
from models_app.repos.models import Repo, RepoTag
from models_app.repos.queries import check_write, may_write
from models_app.repos.services import lock_repo
from models_app.uploads import hooks
from models_app.uploads.checks import check_branch, check_card, check_pointers
from models_app.uploads.grants import mark_committed
from models_app.uploads.inspection import Inspection, inspect
from models_app.uploads.quotas import check_quota, regular_size
from models_app.uploads.references import HEAD, targets_of, tell_of_moved

log = logging.getLogger(__name__)
_FACETS = (
    "head_sha",
    "last_modified",
    "licence",
    "pipeline_tag",
    "library_name",
    "card_data",
    "config",
    "mask_token",
    "warnings",
    "parameters",
    "parameter_count",
    "outline",
    "used_bytes",
    "regular_bytes",
)


def commit_changes(  # noqa: PLR0913 (a commit has these parts, all by keyword)
    *,
    actor: Actor,
    repo: Repo,
    revision: str,
    parent: str | None,
    summary: str,
    description: str,
    changes: Sequence[Change],
) -> str:
    """Commit `changes` to branch `revision` and return the new head's sha.

    `parent` is the head (or a prefix of at least 7 digits) that the caller has seen, None for "whatever it is now".
    Raises what `write_commit` raises, `WriteForbidden` and `RevisionNotFound`; then nothing was changed.
    """
    with transaction.atomic():
        locked = lock_repo(repo)
        check_write(actor, locked)
        branch = check_branch(revision)
        git = GitRepository.open(locked.storage_id)
        before = next((ref.target for ref in git.branches() if ref.name == branch), None)
        message = f"{summary}\n\n{description}"
        sha = write_commit(actor=actor, repo=locked, revision=branch, parent=parent, message=message, changes=changes)
        if branch == DEFAULT_BRANCH:
            try_refresh_head(locked)
        else:
            ref_moved(locked, f"refs/heads/{branch}", before, sha)
    return sha


def write_commit(  # noqa: PLR0913 (a commit has these parts, all by keyword)
    *, actor: Actor, repo: Repo, revision: str, parent: str | None, message: str, changes: Sequence[Change]
) -> str:
    """Commit `changes` to a branch's name or a full reference. The caller holds `repo` locked, and has checked that
    `actor` may write there.

    Raises `LfsObjectMissing`, `LfsSizeWrong`, `CardInvalid`, `QuotaExceeded`, and what `GitRepository.commit` raises
    (`Stale` if the branch has moved since `parent`); in all these cases nothing was changed. A repeated request makes
    no second commit.
    """
    git = GitRepository.open(repo.storage_id)
    blobs = check_pointers(actor, repo, [change for change in changes if isinstance(change, AddPointer)])
    check_card(git, repo, changes)
    sizes = {blob.pk: blob.size for blob in blobs}
    check_quota(repo.namespace, sizes, regular=regular_size(git, changes), told=may_write(actor, repo))
    mark_committed(repo, blobs)
    return git.commit(
        branch=revision,
        parent=parent,
        changes=changes,
        author=author_of(actor),
        message=storable_text(message).strip(),
    )


def try_refresh_head(repo: Repo) -> None:
    """`refresh_head`, without failing what has landed in git already. A reader or `reconcile_heads` tries again."""
    try:
        with transaction.atomic():
            refresh_head(repo)
    except Exception:
        log.exception("The head of repo %s could not be read; it will be tried again", repo.pk)


@transaction.atomic
def refresh_head(repo: Repo) -> None:
    """Read the default branch's head from git into the row (`inspect`) and tell the handlers of `uploads.hooks`;
    those of `repos.hooks` if it has moved since the row was written.

    Idempotent. `repo` itself carries the new values afterwards.
    """
    # Two readers of one head would otherwise interleave their deletes and inserts of tags.
    before = lock_repo(repo).head_sha
    git = GitRepository.open(repo.storage_id)
    repo.head_sha = git.resolve(HEAD)
    repo.last_modified = git.history(repo.head_sha, limit=1)[0].date
    _write_facets(repo, inspect(repo, git, repo.head_sha))
    hooks.head_changed(repo)
    ref_moved(repo, f"refs/heads/{DEFAULT_BRANCH}", before or None, repo.head_sha)


def _write_facets(repo: Repo, found: Inspection) -> None:
    repo.licence = found.facets.licence
    repo.pipeline_tag = found.facets.pipeline_tag
    repo.library_name = found.facets.library_name
    repo.card_data, repo.config, repo.warnings = found.card_data, found.config, found.warnings
    repo.mask_token = found.mask_token
    repo.parameters, repo.outline = found.weights.parameters, found.weights.outline
    repo.parameter_count = sum(repo.parameters.values()) if repo.parameters else None
    repo.used_bytes, repo.regular_bytes = found.used_bytes, found.regular_bytes
    repo.save(update_fields=_FACETS)
    tags = dict.fromkeys(found.facets.tags)
    RepoTag.objects.filter(repo=repo).delete()
    RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in tags)


def reconcile_heads() -> None:
    """Bring every row in step with git: a process may have died after its commit and before its row was written."""
    for repo in Repo.objects.order_by("pk").prefetch_related("known_references").iterator(chunk_size=500):
        try:
            targets = targets_of(repo)
            if targets.get(HEAD) != repo.head_sha:
                try_refresh_head(repo)
            tell_of_moved(repo, targets)
        except Exception:  # one broken repository must not keep the others waiting
            log.exception("The git repository of repo %s could not be read", repo.pk)


def catch_up(repo: Repo) -> None:
    """`refresh_head` if git's head is not the row's. Cheap when it is: one ref is read."""
    if GitRepository.open(repo.storage_id).resolve(HEAD) != repo.head_sha:
        try_refresh_head(repo)
