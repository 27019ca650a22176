"""Which references everybody was told of: so that those which a dying process moved and told nobody of are found."""

from django.db import transaction

from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.hooks import RefUpdate, RepoChange, repo_changed
from models_app.repos.models import Repo
from models_app.repos.services import lock_repo
from models_app.uploads.models import KnownReference

_TOLD_OF = ("refs/heads/", "refs/tags/", "refs/pr/")
HEAD = f"refs/heads/{DEFAULT_BRANCH}"  # `services.refresh_head` tells of it


def note_references(change: RepoChange) -> None:
    """Keep in mind what is being told (a handler of `repos.hooks`): of a new repo, all that it came with."""
    if change.what == "created":
        targets: dict[str, str | None] = {**targets_of(change.repo)}
    else:
        targets = {update.ref: update.new for update in change.refs}
    if targets:
        KnownReference.objects.filter(repo=change.repo, name__in=targets).delete()
        rows = [KnownReference(repo=change.repo, name=name, target=sha) for name, sha in targets.items() if sha]
        KnownReference.objects.bulk_create(rows, batch_size=1000)


def targets_of(repo: Repo) -> dict[str, str]:
    """The commit that each branch, tag and pull request of `repo` leads to in git now, by full names."""
    refs = GitRepository.open(repo.storage_id).refs("refs/")
    return {ref.ref: ref.target for ref in refs if ref.ref.startswith(_TOLD_OF)}


def tell_of_moved(repo: Repo, targets: dict[str, str]) -> None:
    """Tell the handlers of `repos.hooks` of references that have moved to `targets` and that nobody was told of.

    Of a repo of which nothing is known everything is taken as told: it is older than this table.
    Reads `repo.known_references`; prefetch them before calling this in a loop.
    """
    if not _moved(repo, targets):
        return
    with transaction.atomic():
        locked = lock_repo(repo)  # whoever is moving them now tells of them first
        if not locked.known_references.exists():
            note_references(RepoChange("created", locked))
        elif moved := _moved(locked, targets_of(locked)):
            repo_changed(RepoChange("content", locked, moved))


def _moved(repo: Repo, targets: dict[str, str]) -> tuple[RefUpdate, ...]:
    known = {row.name: row.target for row in repo.known_references.all()}
    names = sorted((known.keys() | targets.keys()) - {HEAD})
    updates = (RefUpdate(name, known.get(name), targets.get(name)) for name in names)
    return tuple(update for update in updates if update.old != update.new)
