"""Create repositories, change their name and who sees them, delete them."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from community.discussions.services import delete_board
from community.members.actors import Actor
from community.members.models import Namespace
from community.members.queries import may_write_namespace
from community.members.rules import name_problem
from models_app.gitstore.objects import AddFile
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.authors import author_of
from models_app.repos.errors import NamespaceClosed, RepoNameInvalid, RepoTaken
from models_app.repos.hooks import RepoChange, ref_moved, repo_changed
from models_app.repos.models import Repo, RepoAlias
from models_app.repos.queries import check_write, is_called
from models_app.repos.rules import default_gitattributes
from models_app.repos.subject import KIND
from models_app.repos.trending import DOWNLOAD, weight


def create_repo(*, actor: Actor, kind: str, namespace: str, name: str, private: bool) -> Repo:
    """A new repository whose first commit, ``initial commit``, holds the default ``.gitattributes``.

    Raises `RepoNameInvalid`, `NamespaceClosed`, or `RepoTaken` when the name is in use in any spelling of its case.
    """
    return make_repo(
        actor=actor,
        kind=kind,
        namespace=namespace,
        name=name,
        private=private,
        storage_id=uuid.uuid4(),
        fill=lambda repo: _start_content(actor, repo),
    )


def make_repo(  # noqa: PLR0913 (all by keyword)
    *,
    actor: Actor,
    kind: str,
    namespace: str,
    name: str,
    private: bool,
    storage_id: uuid.UUID,
    fill: Callable[[Repo], None],
) -> Repo:
    """A new repository with the content that `fill` gives it; if that fails nothing of it is left, at `storage_id` too.

    A name that led to a moved repo leads to the new one from now on. Raises as `create_repo` does.
    """
    try:
        owner = check_name(actor=actor, kind=kind, namespace=namespace, name=name)
        with transaction.atomic():
            # The row first: of two callers with one name, the second waits here and then hits the constraint.
            repo = _created(
                kind=kind, namespace=owner, name=name, private=private, creator=actor.user, storage_id=storage_id
            )
            fill(repo)
            repo_changed(RepoChange("created", repo))
    except BaseException:
        GitRepository.delete(storage_id)
        raise
    return repo


def _created(**fields: Any) -> Repo:
    try:
        with transaction.atomic():
            repo = Repo.objects.create(**fields)
    except IntegrityError:
        raise RepoTaken(fields["kind"], f"{fields['namespace'].name}/{fields['name']}") from None
    _release_name(repo)
    return repo


def _release_name(repo: Repo) -> None:
    """End what the name of `repo` led to before."""
    RepoAlias.objects.filter(kind=repo.kind, namespace=repo.namespace, name__lower=repo.name.lower()).delete()


def check_name(*, actor: Actor, kind: str, namespace: str, name: str, repo: Repo | None = None) -> Namespace:
    """The namespace row, once `actor` may call a repo of `kind` so there; `repo` may have that name already."""
    if name_problem(name):
        raise RepoNameInvalid(name)
    owner = None if name_problem(namespace) else Namespace.objects.filter(name__lower=namespace.lower()).first()
    if owner is None or not may_write_namespace(actor, owner):
        raise NamespaceClosed(namespace)
    same = Repo.objects.select_related("namespace").filter(kind=kind, namespace=owner, name__lower=name.lower())
    taken = (same if repo is None else same.exclude(pk=repo.pk)).first()
    if taken is not None:
        raise RepoTaken(kind, taken.full_id)
    return owner


def _start_content(actor: Actor, repo: Repo) -> None:
    attributes = default_gitattributes()
    repo.head_sha = GitRepository.create(repo.storage_id).commit(
        branch=DEFAULT_BRANCH,
        parent=None,
        changes=[AddFile(".gitattributes", attributes)],
        author=author_of(actor),
        message="initial commit",
    )
    repo.used_bytes = repo.regular_bytes = len(attributes)
    repo.save(update_fields=["head_sha", "used_bytes", "regular_bytes"])


def lock_repo(repo: Repo) -> Repo:
    """The row as it is now. One writer of a repo at a time: else the row of one could overwrite that of another."""
    return Repo.objects.select_for_update(of=("self",)).select_related("namespace").get(pk=repo.pk)


@transaction.atomic
def move_repo(*, actor: Actor, repo: Repo, namespace: str, name: str) -> Repo:
    """`repo` under another name, another owner, or both. Its old name leads to it until a new repo takes that name.

    Moving it to where it is changes nothing, so a request may be repeated. Raises as `create_repo` does, and
    `WriteForbidden`.
    """
    check_write(actor, repo)
    owner = check_name(actor=actor, kind=repo.kind, namespace=namespace, name=name, repo=repo)
    # Two moves at once: the second must see the name that the first gave, to leave an alias for it.
    moved = lock_repo(repo)
    check_write(actor, moved)
    left = RepoAlias(repo=moved, kind=moved.kind, namespace=moved.namespace, name=moved.name)
    moved.namespace, moved.name = owner, name
    try:
        with transaction.atomic():
            moved.save(update_fields=["namespace", "name"])
    except IntegrityError:  # somebody else was faster
        raise RepoTaken(moved.kind, moved.full_id) from None
    _release_name(moved)
    if not is_called(moved, str(left)):
        left.save()
    if moved.full_id != str(left):
        repo_changed(RepoChange("moved", moved, moved_from=str(left)))
    return moved


@transaction.atomic
def set_visibility(*, actor: Actor, repo: Repo, private: bool) -> None:
    """Show `repo` to everybody, or only to those who may read its namespace's private repos."""
    check_write(actor, repo)
    Repo.objects.filter(pk=repo.pk).update(private=private)
    repo.private = private
    repo_changed(RepoChange("settings", repo))


@transaction.atomic
def delete_repo(*, actor: Actor, repo: Repo) -> None:
    """Delete the rows, those of its discussions too, then (once that is committed) the content.

    Blobs stay until the sweep: others may share them.
    """
    check_write(actor, repo)
    storage_id = repo.storage_id
    repo_changed(RepoChange("deleted", repo))
    delete_board(kind=KIND, key=repo.pk)
    repo.delete()
    transaction.on_commit(lambda: GitRepository.delete(storage_id))


def create_branch(*, actor: Actor, repo: Repo, name: str, start: str) -> None:
    """Raises `RevisionNotFound` for `start`, `ReferenceExists`, `Invalid` for a bad name."""
    check_write(actor, repo)
    git = GitRepository.open(repo.storage_id)
    git.create_branch(name, start)
    ref_moved(repo, f"refs/heads/{name}", None, git.resolve(start))


def delete_branch(*, actor: Actor, repo: Repo, name: str) -> None:
    """Raises `RevisionNotFound`, and `Invalid` for the default branch."""
    check_write(actor, repo)
    old = GitRepository.open(repo.storage_id).delete_branch(name)
    ref_moved(repo, f"refs/heads/{name}", old, None)


def create_tag(*, actor: Actor, repo: Repo, name: str, target: str, message: str) -> None:
    """An annotated tag if there is a message, else a plain one. Raises as `create_branch` does."""
    check_write(actor, repo)
    git = GitRepository.open(repo.storage_id)
    git.create_tag(name, target, message=message, author=author_of(actor))
    ref_moved(repo, f"refs/tags/{name}", None, git.resolve(target))


def delete_tag(*, actor: Actor, repo: Repo, name: str) -> None:
    """Raises `RevisionNotFound`."""
    check_write(actor, repo)
    old = GitRepository.open(repo.storage_id).delete_tag(name)
    ref_moved(repo, f"refs/tags/{name}", old, None)


def count_download(*, repo: Repo) -> None:
    """One more download. The row is not locked: two at once both count."""
    trend = weight(DOWNLOAD, timezone.now())
    Repo.objects.filter(pk=repo.pk).update(downloads=F("downloads") + 1, trend=F("trend") + trend)
