"""Open pull requests, push to them, merge them."""

from collections.abc import Sequence

from django.db import transaction

from community.discussions.errors import StatusRefused, ThreadNotFound
from community.discussions.models import ThreadStatus
from community.discussions.services import add_commit, mark_merged, open_thread
from community.members.actors import Actor
from models_app.gitstore.errors import MergeConflict, RevisionNotFound
from models_app.gitstore.objects import Change
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository, Merge
from models_app.pulls.errors import BaseRefused, NothingToMerge
from models_app.pulls.models import PullRequest
from models_app.pulls.queries import check_push, find_pull
from models_app.pulls.rules import title_from
from models_app.repos.authors import author_of
from models_app.repos.hooks import ref_moved
from models_app.repos.models import Repo
from models_app.repos.queries import check_write
from models_app.repos.services import lock_repo
from models_app.repos.subject import KIND
from models_app.uploads.checks import check_card, check_pointers
from models_app.uploads.services import try_refresh_head, write_commit

_MAIN = f"refs/heads/{DEFAULT_BRANCH}"
_MAX_NOTED = 250  # commits of one push that become events


@transaction.atomic
def open_pull(  # noqa: PLR0913 (all by keyword)
    *,
    actor: Actor,
    repo: Repo,
    title: str,
    text: str,
    status: ThreadStatus = ThreadStatus.DRAFT,
    start: str = DEFAULT_BRANCH,
) -> PullRequest:
    """A pull request whose reference begins at the revision `start`; who may read `repo` may open one.

    Raises what `open_thread` raises, and `RevisionNotFound` for `start`.
    """
    git = GitRepository.open(repo.storage_id)
    sha = git.resolve(start)
    thread = open_thread(actor=actor, kind=KIND, key=repo.pk, title=title, text=text, status=status)
    pull = PullRequest.objects.create(thread=thread, repo=repo, start_sha=sha)
    # The number is new, so a reference of this name is one whose transaction died after it was written: it goes.
    git.put_reference(pull.reference, sha)
    ref_moved(repo, pull.reference, None, sha)
    return pull


def push(  # noqa: PLR0913 (a commit has these parts, all by keyword)
    *,
    actor: Actor,
    repo: Repo,
    number: int,
    parent: str | None,
    summary: str,
    description: str,
    changes: Sequence[Change],
) -> str:
    """Commit `changes` to a pull request and return its new head's sha.

    Raises what `check_push` and `write_commit` raise; then nothing was changed.
    """
    with transaction.atomic():
        locked = lock_repo(repo)
        pull = check_push(actor, locked, number)
        git = GitRepository.open(locked.storage_id)
        before = git.resolve(pull.reference)
        message = f"{summary}\n\n{description}"
        sha = write_commit(
            actor=actor, repo=locked, revision=pull.reference, parent=parent, message=message, changes=changes
        )
        note_commits(actor=actor, pull=pull, before=before)
        ref_moved(locked, pull.reference, before, sha)
    return sha


def propose(  # noqa: PLR0913 (a commit has these parts, all by keyword)
    *, actor: Actor, repo: Repo, parent: str | None, summary: str, description: str, changes: Sequence[Change]
) -> tuple[PullRequest, str]:
    """Open a pull request that holds one commit, on top of `parent` or of the default branch; gives that commit too."""
    with transaction.atomic():
        locked = lock_repo(repo)
        pull = open_pull(
            actor=actor,
            repo=locked,
            title=title_from(summary),
            text=description,
            status=ThreadStatus.OPEN,
            start=parent or DEFAULT_BRANCH,
        )
        try:
            sha = push(
                actor=actor,
                repo=locked,
                number=pull.thread.number,
                parent=None,
                summary=summary,
                description=description,
                changes=changes,
            )
        except BaseException:
            # While the number is still ours: once the transaction has ended, another may get it.
            GitRepository.open(repo.storage_id).delete_reference(pull.reference)
            raise
    return pull, sha


@transaction.atomic
def note_commits(*, actor: Actor, pull: PullRequest, before: str) -> None:
    """Tell the thread of the commits by which its reference has moved on since `before`; also for pushes by git."""
    git = GitRepository.open(pull.repo.storage_id)
    arrived = git.history(git.resolve(pull.reference), limit=_MAX_NOTED, without=before)
    for commit in reversed(arrived):
        add_commit(actor=actor, thread=pull.thread, oid=commit.sha, subject=commit.title)


def merge(*, actor: Actor, repo: Repo, number: int, text: str = "") -> PullRequest:
    """Bring the commits of a pull request into the default branch, saying `text` in its thread.

    The branch moves on to them where it has not changed since; else a commit with two parents joins both. The result is
    checked like every commit. Raises `WriteForbidden`, `ThreadNotFound`, `StatusRefused`, `NothingToMerge`,
    `MergeConflict`, and what commits are refused for; then nothing was changed.
    """
    with transaction.atomic():
        locked = lock_repo(repo)
        check_write(actor, locked)
        pull = find_pull(actor, locked, number)
        if pull is None:
            raise ThreadNotFound
        if not pull.thread.is_open:
            raise StatusRefused(ThreadStatus.MERGED)
        git = GitRepository.open(locked.storage_id)
        planned = git.plan_merge(git.resolve(_MAIN), git.resolve(pull.reference))
        mark_merged(actor=actor, thread=pull.thread, text=text)
        pull.base_sha, pull.merge_sha = _bring_in(actor, locked, pull, git, planned)
        pull.save(update_fields=["base_sha", "merge_sha"])
        try_refresh_head(locked)
    return pull


def _bring_in(actor: Actor, repo: Repo, pull: PullRequest, git: GitRepository, planned: Merge) -> tuple[str, str]:
    """(what both sides had in common, the commit that the default branch got)."""
    if planned.theirs == pull.start_sha:
        raise NothingToMerge
    if planned.conflicts:
        raise MergeConflict(planned.conflicts)
    if planned.base == planned.theirs:  # a push by git, or a merge whose answer was lost, has brought them already
        return pull.start_sha, planned.ours
    check_pointers(actor, repo, planned.pointers)
    check_card(git, repo, planned.changes)
    if planned.fast_forward:
        git.advance(branch=DEFAULT_BRANCH, parent=planned.ours, target=planned.theirs)
        return planned.ours, planned.theirs
    sha = git.commit(
        branch=DEFAULT_BRANCH,
        parent=planned.ours,
        changes=planned.changes,
        author=author_of(actor),
        message=f"{pull.thread.title} (#{pull.thread.number})",
        merged=planned.theirs,
    )
    return planned.base or planned.ours, sha


def check_base(git: GitRepository, revision: str) -> None:
    """Raises `RevisionNotFound` for what is no branch, `BaseRefused` for other branches than the default one."""
    branch = revision.removeprefix("refs/heads/")
    if branch == DEFAULT_BRANCH:
        return
    if any(found.name == branch for found in git.branches()):
        raise BaseRefused
    raise RevisionNotFound(revision)
