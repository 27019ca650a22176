"""What must hold before a push lands: the rules of a commit by the API, for many commits at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from community.members.actors import Actor
from models_app.gitstore.errors import EntryNotFound, RevisionNotFound
from models_app.gitstore.objects import AddPointer, Entry
from models_app.gitstore.receiving import Push, Update
from models_app.gitstore.references import is_reference_name
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.pulls.errors import ProposeInstead
from models_app.pulls.queries import check_push
from models_app.pulls.rules import number_of
from models_app.pushes.errors import DefaultBranchStays, FileTooLarge, ReferenceRefused
from models_app.repos.models import Repo
from models_app.repos.queries import may_write
from models_app.uploads.checks import CARD
from models_app.uploads.rules import MAX_REGULAR_BYTES

_DEFAULT = f"refs/heads/{DEFAULT_BRANCH}"


def check_updates(actor: Actor, repo: Repo, updates: Iterable[Update]) -> None:
    """Whether `actor` may move all these references: the one place that decides it for git.

    Raises `ReferenceRefused`, `DefaultBranchStays`, `ProposeInstead`, and for pull requests what `check_push` raises.
    """
    for update in updates:
        number = number_of(update.reference)
        if number is not None and update.new is not None:
            _check_pull(actor, repo, number, update.reference)
        elif not update.reference.startswith(("refs/heads/", "refs/tags/")) or not is_reference_name(update.reference):
            raise ReferenceRefused(update.reference)
        elif not may_write(actor, repo):
            raise ProposeInstead(repo.full_id)
        elif update.reference == _DEFAULT and update.new is None:
            raise DefaultBranchStays(DEFAULT_BRANCH)


def _check_pull(actor: Actor, repo: Repo, number: int, reference: str) -> None:
    try:
        check_push(actor, repo, number)
    except RevisionNotFound:
        raise ReferenceRefused(reference) from None


@dataclass
class Arrived:
    """What a push brings: its large files, the bytes of its small ones, and cards that no branch has yet."""

    pointers: list[AddPointer] = field(default_factory=list)
    regular_bytes: int = 0
    cards: dict[str, bytes] = field(default_factory=dict)


def examine(push: Push) -> Arrived:
    """Look at every new file. Raises `FileTooLarge` and what `GitRepository.new_files` raises."""
    arrived = Arrived()
    for file in push.git.new_files([update.new for update in push.updates if update.new is not None]):
        if file.lfs is not None:
            arrived.pointers.append(AddPointer(file.path, file.lfs))
            continue
        if file.size > MAX_REGULAR_BYTES:
            raise FileTooLarge(file.path, size=file.size, limit=MAX_REGULAR_BYTES)
        arrived.regular_bytes += file.size
    for update in push.updates:
        if update.new is not None and not update.reference.startswith("refs/tags/"):
            _add_card(arrived, push.git, update.new)
    return arrived


def _add_card(arrived: Arrived, git: GitRepository, sha: str) -> None:
    """A card that is here already must not stand in the way of other work."""
    card = _card(git, sha)
    if card is not None and card.lfs is None and all(card != _card(git, branch.target) for branch in git.branches()):
        arrived.cards[card.oid] = git.read(card.oid)


def _card(git: GitRepository, sha: str) -> Entry | None:
    try:
        entry = git.entry(sha, CARD)
    except EntryNotFound:
        return None
    return entry if entry.kind == "file" else None
