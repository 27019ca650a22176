"""Repos as something that the community talks about."""

from collections.abc import Collection

from community.members.actors import Actor
from community.subjects import Subject, SubjectKind
from models_app.repos.addresses import repo_path
from models_app.repos.models import Repo
from models_app.repos.queries import may_write, visible_repos

KIND = "repo"


def _may_moderate(actor: Actor, key: int) -> bool:
    repo = visible_repos(actor).filter(pk=key).first()
    return repo is not None and may_write(actor, repo)


def _describe(keys: Collection[int]) -> dict[int, Subject]:
    repos = Repo.objects.select_related("namespace").filter(pk__in=keys)
    return {repo.pk: Subject(title=repo.full_id, address=repo_path(repo)) for repo in repos}


SUBJECT = SubjectKind(
    name=KIND,
    visible_keys=lambda actor: visible_repos(actor).values("pk"),
    may_moderate=_may_moderate,
    describe=_describe,
)
