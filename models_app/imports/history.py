"""The history of a source, brought to a side of the repository where nobody looks until all of it is here."""

from contextlib import suppress

from django.utils.translation import gettext as _

from community.members.actors import Actor
from hub.core.addresses import find
from models_app.cards.rules import licences, parse_card
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.mirroring import FetchFailed, Remote, fetch
from models_app.gitstore.objects import AddBlob, AddPointer, Author, Change, Pointer
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.imports.errors import SourceFails, SourceRefuses
from models_app.imports.progress import Progress
from models_app.imports.rules import HISTORY_SECONDS, MAX_SMALL_BYTES, MAX_SMALL_TOTAL
from models_app.imports.source import LargeContent, Listing, Source
from models_app.licences.queries import refusals
from models_app.repos.authors import author_of
from models_app.repos.models import Repo
from models_app.uploads.checks import CARD

ASIDE = "refs/import/"
_BRANCH = f"{ASIDE}heads/{DEFAULT_BRANCH}"


def bring_history(*, actor: Actor, repo: Repo, source: Source, progress: Progress) -> list[LargeContent]:
    """The whole history where the source speaks git, else one commit with its present files; what is large in it.

    Raises `SourceRefuses`, `SourceFails`, and what the hub refuses in any commit.
    """
    if source.offers_git():
        _fetch(repo, source)
        found = GitRepository.open(repo.storage_id).large_files(ASIDE)
        files = [LargeContent(file.pointer.sha256, file.pointer.size, file.path, file.sha) for file in found]
    else:
        listing = source.listing()
        _take_snapshot(author_of(actor), repo, source, listing, progress)
        files = [LargeContent(file.sha256, file.size, file.path, listing.sha) for file in listing.files if file.sha256]
    _check_licence(GitRepository.open(repo.storage_id))
    return list({file.sha256: file for file in files}.values())


def _fetch(repo: Repo, source: Source) -> None:
    place = find(source.url, source.trusted)
    address = f"[{place.address}]" if ":" in place.address else place.address
    try:
        fetch(
            GitRepository.path_of(repo.storage_id),
            Remote(source.url, f"{place.host}:{place.port}:{address}", source.token),
            into=ASIDE,
            seconds=HISTORY_SECONDS,
        )
    except FetchFailed:
        raise SourceFails(_("git could not fetch the history.")) from None
    _check_fetched(GitRepository.open(repo.storage_id))


def _check_fetched(git: GitRepository) -> None:
    """The rules of a commit by the API, for every commit that has come."""
    if all(ref.name != DEFAULT_BRANCH for ref in git.refs(f"{ASIDE}heads/")):
        raise SourceRefuses(_("The source has no branch called main."))
    for file in git.new_files([ref.target for ref in git.refs(ASIDE)], aside=ASIDE):
        if file.lfs is None:
            _check_small(file.path, file.size)


def _check_licence(git: GitRepository) -> None:
    """An import is a new upload. All else that is wrong with others' cards is a warning on the page."""
    with suppress(EntryNotFound):
        entry = git.entry(git.resolve(_BRANCH), CARD)
        text = git.read(entry.oid).decode(errors="replace") if entry.lfs is None else ""
        for refusal in refusals(licences(parse_card(text).data)):
            raise SourceRefuses(refusal.message)


def _check_small(path: str, size: int) -> None:
    if size > MAX_SMALL_BYTES:
        raise SourceRefuses(_("“%(path)s” is too large to lie in git itself.") % {"path": path[:200]})


def _take_snapshot(author: Author, repo: Repo, source: Source, listing: Listing, progress: Progress) -> None:
    git = GitRepository.open(repo.storage_id)
    git.put_reference(_BRANCH, repo.head_sha)
    changes: list[Change] = []
    total = 0
    for file in listing.files:
        if file.sha256 is not None:
            changes.append(AddPointer(file.path, Pointer(file.sha256, file.size)))
            continue
        total += file.size
        _check_small(file.path, file.size)
        if total > MAX_SMALL_TOTAL:
            raise SourceRefuses(_("The small files are too large together."))
        progress.tell()
        content = b"".join(source.read(file.path, listing.sha, 0, file.size))
        changes.append(AddBlob(file.path, git.write_blob(content)))
    message = f"Import {source.full_id} at {listing.sha}\n\nFrom {source.url}"
    git.commit(branch=_BRANCH, parent=None, changes=changes, author=author, message=message)
