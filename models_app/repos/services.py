"""Create repositories, change who sees them, delete them."""

import uuid

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from community.discussions.services import delete_board
from community.members.actors import Actor
from community.members.models import Namespace
from community.members.queries import may_write_namespace
from community.members.rules import name_problem
from models_app.gitstore.objects import AddFile, Author
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.authors import author_of
from models_app.repos.errors import NamespaceClosed, RepoNameInvalid, RepoTaken
from models_app.repos.models import Repo
from models_app.repos.queries import check_write
from models_app.repos.rules import default_gitattributes
from models_app.repos.subject import KIND
from models_app.repos.trending import DOWNLOAD, weight


def create_repo(*, actor: Actor, kind: str, namespace: str, name: str, private: bool) -> Repo:
    """A new repository whose first commit, ``initial commit``, holds the default ``.gitattributes``.

    Raises `RepoNameInvalid`, `NamespaceClosed`, or `RepoTaken` when the name is in use in any spelling of its case.
    """
    owner = check_create(actor=actor, kind=kind, namespace=namespace, name=name)
    storage_id = uuid.uuid4()
    try:
        with transaction.atomic():
            # The row first: of two callers with one name, the second waits here and then hits the constraint.
            repo = Repo.objects.create(
                kind=kind,
                namespace=owner,
                name=name,
                private=private,
                creator=actor.user,
                storage_id=storage_id,
            )
            _start_content(repo, author_of(actor))
    except BaseException as error:
        GitRepository.delete(storage_id)
        if isinstance(error, IntegrityError):
            raise RepoTaken(kind, f"{owner.name}/{name}") from None
        raise
    return repo


def check_create(*, actor: Actor, kind: str, namespace: str, name: str) -> Namespace:
    """The namespace row, once `actor` may create `name` of `kind` there."""
    if name_problem(name):
        raise RepoNameInvalid(name)
    owner = None if name_problem(namespace) else Namespace.objects.filter(name__iexact=namespace).first()
    if owner is None or not may_write_namespace(actor, owner):
        raise NamespaceClosed(namespace)
    taken = Repo.objects.select_related("namespace").filter(kind=kind, namespace=owner, name__iexact=name).first()
    if taken is not None:
        raise RepoTaken(kind, taken.full_id)
    return owner


def _start_content(repo: Repo, author: Author) -> None:
    attributes = default_gitattributes()
    repo.head_sha = GitRepository.create(repo.storage_id).commit(
        branch=DEFAULT_BRANCH,
        parent=None,
        changes=[AddFile(".gitattributes", attributes)],
        author=author,
        message="initial commit",
    )
    repo.used_bytes = len(attributes)
    repo.save(update_fields=["head_sha", "used_bytes"])


@transaction.atomic
def set_visibility(*, actor: Actor, repo: Repo, private: bool) -> None:
    """Show `repo` to everybody, or only to those who may read its namespace's private repos."""
    check_write(actor, repo)
    Repo.objects.filter(pk=repo.pk).update(private=private)
    repo.private = private


@transaction.atomic
def delete_repo(*, actor: Actor, repo: Repo) -> None:
    """Delete the rows, those of its discussions too, then (once that is committed) the content.

    Blobs stay until the sweep: others may share them.
    """
    check_write(actor, repo)
    storage_id = repo.storage_id
    delete_board(kind=KIND, key=repo.pk)
    repo.delete()
    transaction.on_commit(lambda: GitRepository.delete(storage_id))


def create_branch(*, actor: Actor, repo: Repo, name: str, start: str) -> None:
    """Raises `RevisionNotFound` for `start`, `ReferenceExists`, `Invalid` for a bad name."""
    check_write(actor, repo)
    GitRepository.open(repo.storage_id).create_branch(name, start)


def delete_branch(*, actor: Actor, repo: Repo, name: str) -> None:
    """Raises `RevisionNotFound`, and `Invalid` for the default branch."""
    check_write(actor, repo)
    GitRepository.open(repo.storage_id).delete_branch(name)


def create_tag(*, actor: Actor, repo: Repo, name: str, target: str, message: str) -> None:
    """An annotated tag if there is a message, else a plain one. Raises as `create_branch` does."""
    check_write(actor, repo)
    GitRepository.open(repo.storage_id).create_tag(name, target, message=message, author=author_of(actor))


def delete_tag(*, actor: Actor, repo: Repo, name: str) -> None:
    """Raises `RevisionNotFound`."""
    check_write(actor, repo)
    GitRepository.open(repo.storage_id).delete_tag(name)


def count_download(*, repo: Repo) -> None:
    """One more download. The row is not locked: two at once both count."""
    trend = weight(DOWNLOAD, timezone.now())
    Repo.objects.filter(pk=repo.pk).update(downloads=F("downloads") + 1, trend=F("trend") + trend)
