"""Repos as something that the community talks about."""

from collections.abc import Collection

from community.members.actors import Actor
from community.members.models import Organization, Role, User
from community.members.rules import role_includes
from community.subjects import Subject, SubjectKind
from hub.core.markdown.rendering import Base
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.repos.addresses import repo_path
from models_app.repos.hiding import hide
from models_app.repos.models import Repo
from models_app.repos.queries import may_write, readers_of, visible_repos

KIND = "repo"


def _may_moderate(actor: Actor, key: int) -> bool:
    repo = visible_repos(actor).filter(pk=key).first()
    return repo is not None and may_write(actor, repo)


def _describe(keys: Collection[int]) -> dict[int, Subject]:
    repos = Repo.objects.select_related("namespace").filter(pk__in=keys)
    return {repo.pk: subject_of(repo) for repo in repos}


def subject_of(repo: Repo) -> Subject:
    """Relative pictures are taken from the files of the default branch, links lead to where the hub shows those."""
    address = repo_path(repo)
    base = Base(media=f"{address}/resolve/{DEFAULT_BRANCH}/", links=f"{address}/blob/{DEFAULT_BRANCH}/")
    return Subject(title=repo.full_id, address=address, base=base)


def keepers_of(repo: Repo) -> list[User]:
    """Who is told of what happens to `repo`: its owner, or those who write to all repos of its organisation."""
    owner = repo.namespace.owner
    if isinstance(owner, Organization):
        writers = [role for role in Role.values if role_includes(role, Role.WRITE)]
        return list(owner.members.filter(memberships__role__in=writers, memberships__organization=owner).distinct())
    return [owner] if owner is not None else []


def _keepers(key: int) -> list[User]:
    repo = Repo.objects.select_related("namespace__user", "namespace__organization").filter(pk=key).first()
    return keepers_of(repo) if repo is not None else []


SUBJECT = SubjectKind(
    name=KIND,
    visible_keys=lambda actor: visible_repos(actor).values("pk"),
    readers=readers_of,
    may_moderate=_may_moderate,
    describe=_describe,
    keepers=_keepers,
    hide=hide,
)
