"""What must hold before a commit is written: each check raises the sentence that tells its caller what to do."""

from collections.abc import Iterable, Sequence

from community.members.actors import Actor
from models_app.blobs.models import Blob
from models_app.blobs.use import keep_blobs
from models_app.cards.rules import licences, parse_card, validate
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.objects import AddBlob, AddFile, AddPointer, Change
from models_app.gitstore.repository import GitRepository
from models_app.licences.queries import refusals
from models_app.repos.models import Repo
from models_app.uploads.errors import CardInvalid, LfsObjectMissing, LfsSizeWrong
from models_app.uploads.grants import usable

CARD = "README.md"


def check_branch(revision: str) -> str:
    """The branch that `revision` names. Raises `RevisionNotFound` for tags and other references, which stand still."""
    branch = revision.removeprefix("refs/heads/")
    if branch.startswith("refs/") or "\0" in branch:
        raise RevisionNotFound(revision)
    return branch


def check_pointers(actor: Actor, repo: Repo, changes: Sequence[AddPointer]) -> list[Blob]:
    """The blobs behind the pointers, once each is stored, has the claimed size and is open to `actor` in `repo`."""
    sha256s = {change.pointer.sha256 for change in changes}
    keep_blobs(sha256s)
    blobs = usable(actor, repo, sha256s)
    for change in changes:
        blob = blobs.get(change.pointer.sha256)
        if blob is None:
            raise LfsObjectMissing(change.path, change.pointer.sha256)
        if blob.size != change.pointer.size:
            raise LfsSizeWrong(change.path, claimed=change.pointer.size, actual=blob.size)
    return list(blobs.values())


def check_card(git: GitRepository, repo: Repo, changes: Iterable[Change]) -> None:
    """Raises `CardInvalid` if `changes` bring a card that names no licence we know, or is otherwise wrong."""
    for change in changes:
        if change.path == CARD and isinstance(change, AddFile | AddBlob):
            check_card_text(repo, change.content if isinstance(change, AddFile) else git.read(change.oid))


def check_card_text(repo: Repo, content: bytes) -> None:
    """Raises `CardInvalid`, also for a licence that votes retired unless `repo` names it already."""
    text = content.decode(errors="replace")
    errors, _warnings = validate(text, repo.kind)
    known = {licence.id for licence in licences(repo.card_data)}
    errors += [refusal.message for refusal in refusals(licences(parse_card(text).data), known)]
    if errors:
        raise CardInvalid(errors)
