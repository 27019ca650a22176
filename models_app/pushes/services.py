"""Take in what ``git push`` sends: it ends like a commit by the API, or with a sentence and without a trace."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO

from django.db import transaction

from community.members.actors import Actor
from hub.core.batches import batched
from hub.core.errors import DomainError
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.receiving import Push, Update, receive
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.pulls.queries import find_pull
from models_app.pulls.rules import number_of
from models_app.pulls.services import note_commits
from models_app.pushes.checks import Arrived, check_updates, examine
from models_app.pushes.errors import TooManyReferences
from models_app.repos.errors import RepoNotFound
from models_app.repos.hooks import RefUpdate, RepoChange, repo_changed
from models_app.repos.models import Repo
from models_app.repos.queries import may_write
from models_app.repos.services import lock_repo
from models_app.uploads.checks import check_card_text, check_pointers
from models_app.uploads.grants import destination_of, mark_committed
from models_app.uploads.quotas import check_quota
from models_app.uploads.services import catch_up

_AT_ONCE = 5000  # pointers that one query looks up


def receive_push(*, actor: Actor, repo: Repo, body: Iterable[bytes], report: IO[bytes], protocol: str) -> None:
    """Carry out the push `body`; git's answer to its sender, refusals included, is written to `report`.

    Raises `WriteForbidden` and `RepoNotFound` to those who may not even propose, and what `body` raises; then nothing
    has changed.
    """
    destination_of(actor, repo)
    with receive(GitRepository.path_of(repo.storage_id), body, report, protocol=protocol) as push:
        try:
            _land(actor, repo, push)
        except DomainError as error:
            push.refuse(error.message)


def _land(actor: Actor, repo: Repo, push: Push) -> None:
    if not push.complete:
        raise TooManyReferences
    if not push.updates:
        return  # git has refused everything itself
    check_updates(actor, repo, push.updates)
    arrived = examine(push)  # may take long, so nobody waits for it
    # In a transaction before the references move: if this process dies in between, a grant too many does no harm, but
    # a pointer without one would.
    with transaction.atomic():
        _admit(actor, _locked(repo), arrived)
    with transaction.atomic():
        locked = _locked(repo)
        check_updates(actor, locked, push.updates)
        git = GitRepository.open(locked.storage_id)
        before = _targets(git, push.updates)
        push.accept()
        _tell(actor, locked, before, _targets(git, push.updates))
        catch_up(locked)


def _locked(repo: Repo) -> Repo:
    try:
        return lock_repo(repo)
    except Repo.DoesNotExist:
        raise RepoNotFound from None


def _admit(actor: Actor, repo: Repo, arrived: Arrived) -> None:
    """Check what a commit is checked for, and grant the large files."""
    for card in arrived.cards.values():
        check_card_text(repo, card)
    blobs = {}
    for some in batched(arrived.pointers, _AT_ONCE):
        blobs.update({blob.pk: blob for blob in check_pointers(actor, repo, some)})
    sizes = {blob.pk: blob.size for blob in blobs.values()}
    check_quota(repo.namespace, sizes, regular=arrived.regular_bytes, told=may_write(actor, repo))
    for granted in batched(blobs.values(), _AT_ONCE):
        mark_committed(repo, granted)


def _targets(git: GitRepository, updates: Iterable[Update]) -> dict[str, str]:
    """{reference: the commit that it leads to now} for those of `updates` that are there."""
    targets = {}
    for update in updates:
        with suppress(RevisionNotFound):
            targets[update.reference] = git.resolve(update.reference)
    return targets


def _tell(actor: Actor, repo: Repo, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Tell threads of pull requests and the handlers of `repos.hooks` what has moved; `refresh_head` tells of main."""
    moved = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    for name in moved:
        number = number_of(name)
        pull = None if number is None else find_pull(actor, repo, number)
        if pull is not None:
            note_commits(actor=actor, pull=pull, before=before.get(name, pull.start_sha))
    updates = [
        RefUpdate(name, before.get(name), after.get(name)) for name in moved if name != f"refs/heads/{DEFAULT_BRANCH}"
    ]
    if updates:
        repo_changed(RepoChange("content", repo, tuple(updates)))
