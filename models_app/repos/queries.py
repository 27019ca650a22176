"""Which repositories an actor may see, find and change."""

from django.db.models import Count, Q, QuerySet

from community.members.actors import Actor
from community.members.queries import may_write_repo_in, readable_namespace_ids
from community.members.rules import name_problem
from models_app.repos.errors import RepoNotFound, WriteForbidden
from models_app.repos.models import Repo, RepoKind

_SUBJECT = "repo:"  # capabilities name a repo by "repo:<primary key>"


def capability_subject(repo: Repo) -> str:
    """The subject of a capability that opens `repo` alone."""
    return f"{_SUBJECT}{repo.pk}"


def visible_repos(actor: Actor, kind: str | None = None) -> QuerySet[Repo]:
    """Repos that `actor` may read (of `kind`, or of all kinds), each with its namespace joined."""
    repos = Repo.objects.select_related("namespace")
    if kind is not None:
        repos = repos.filter(kind=kind)
    return repos.filter(_readable(actor))


def _readable(actor: Actor) -> Q:
    capability = actor.capability
    if capability is not None:
        subject = capability.subject
        pk = subject.removeprefix(_SUBJECT)
        own = Q(pk=int(pk)) if subject.startswith(_SUBJECT) and pk.isdecimal() else Q()
        return Q(private=False) | own
    if actor.is_anonymous:
        return Q(private=False)
    return Q(private=False) | Q(namespace_id__in=readable_namespace_ids(actor))


def get_repo(actor: Actor, kind: str, full_id: str) -> Repo:
    """The repo called `full_id` (``namespace/name``, any case). Raises `RepoNotFound` if missing or hidden."""
    namespace, _, name = full_id.partition("/")
    possible = not name_problem(namespace) and not name_problem(name)
    named = visible_repos(actor, kind).filter(namespace__name__lower=namespace.lower(), name__lower=name.lower())
    repo = named.first() if possible else None
    if repo is None:
        raise RepoNotFound
    return repo


def may_write(actor: Actor, repo: Repo) -> bool:
    """Whether `actor` may commit to `repo`, change its settings and delete it."""
    if actor.capability is not None:
        return actor.capability.subject == capability_subject(repo) and actor.capability.right == "write"
    return may_write_repo_in(actor, repo.namespace, creator_id=repo.creator_id)


def check_write(actor: Actor, repo: Repo) -> None:
    """Raises `WriteForbidden` to those who may read only, `RepoNotFound` to those who may not even read."""
    if may_write(actor, repo):
        return
    if not visible_repos(actor).filter(pk=repo.pk).exists():
        raise RepoNotFound
    raise WriteForbidden(repo.full_id)


def count_repos(actor: Actor, namespace: str) -> dict[str, int]:
    """{kind: number} of the repos in `namespace` that `actor` may see; every kind is there."""
    counts = (
        visible_repos(actor)
        .filter(namespace__name__lower=namespace.lower())
        .values("kind")
        .annotate(number=Count("pk"))
    )
    return dict.fromkeys(RepoKind.values, 0) | {row["kind"]: row["number"] for row in counts.order_by()}
