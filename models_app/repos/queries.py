"""Which repositories an actor may see, find and change."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Q, QuerySet

from community.governance.offices import moderates, moderators
from community.members.actors import Actor
from community.members.models import Membership
from community.members.queries import may_read_namespace, may_write_repo_in, readable_namespace_ids
from community.members.rules import Permission, name_problem
from models_app.repos.errors import GatedRepo, RepoNotFound, WriteForbidden
from models_app.repos.models import AccessRequest, AccessStatus, Repo, RepoKind

PUBLIC = Q(private=False, hidden=False)  # who is nobody sees these

_SUBJECT = "repo:"  # capabilities name a repo by "repo:<primary key>"


def capability_subject(repo: Repo) -> str:
    """The subject of a capability that opens `repo` alone."""
    return f"{_SUBJECT}{repo.pk}"


def visible_repos(actor: Actor, kind: str | None = None) -> QuerySet[Repo]:
    """Repos that `actor` may read (of `kind`, or of all kinds), each with its namespace joined.

    What is hidden is seen by those who would see it if it were private, and on pages by moderators.
    """
    repos = Repo.objects.select_related("namespace")
    if kind is not None:
        repos = repos.filter(kind=kind)
    return repos.filter(_readable(actor))


def readers_of(repo_id: int) -> Q:
    """Which members see a repo on pages though not everybody does: `visible_repos`, the other way round."""
    repo = Repo.objects.filter(pk=repo_id)
    space = repo.values("namespace")
    only_hidden = repo.filter(private=False).values("pk")
    return (
        Q(namespace__in=space)
        | Q(pk__in=Membership.objects.filter(organization__namespace__in=space).values("user"))
        | Q(Exists(only_hidden)) & moderators()
    )


def publishers_since(since: datetime) -> QuerySet[Any, Any]:
    """Ids of the members whose public repos got files since then; see `community.governance.electorate`."""
    repos = Repo.objects.filter(PUBLIC, last_modified__gte=since).exclude(head_sha="")
    return repos.order_by().values("creator")


def _readable(actor: Actor) -> Q:
    capability = actor.capability
    if capability is not None:
        subject = capability.subject
        pk = subject.removeprefix(_SUBJECT)
        own = Q(pk=int(pk)) if subject.startswith(_SUBJECT) and pk.isdecimal() else Q()
        return PUBLIC | own
    if actor.user is None:
        return PUBLIC
    readable = PUBLIC | Q(namespace_id__in=readable_namespace_ids(actor))
    return readable if actor.token is not None else readable | Q(private=False) & moderates(actor.user)


def get_repo(actor: Actor, kind: str, full_id: str) -> Repo:
    """The repo that is called `full_id` (``namespace/name``, any case), or was before it was moved.

    Raises `RepoNotFound` if missing or hidden. `is_called` tells the two names apart.
    """
    return _called(full_id, visible_repos(actor, kind))


def get_unless_private(kind: str, full_id: str) -> Repo:
    """As `get_repo`, for votes of the community: what is hidden is theirs to decide about. Raises `RepoNotFound`."""
    return _called(full_id, Repo.objects.select_related("namespace").filter(kind=kind, private=False))


def _called(full_id: str, visible: QuerySet[Repo]) -> Repo:
    namespace, _, name = full_id.lower().partition("/")
    if name_problem(namespace) or name_problem(name):
        raise RepoNotFound
    repo = visible.filter(namespace__name__lower=namespace, name__lower=name).first()
    if repo is None:
        repo = visible.filter(aliases__namespace__name__lower=namespace, aliases__name__lower=name).first()
    if repo is None:
        raise RepoNotFound
    return repo


def is_called(repo: Repo, full_id: str) -> bool:
    """Whether `full_id` is the present name of `repo`; its case does not matter."""
    return repo.full_id.lower() == full_id.lower()


def may_read_content(actor: Actor, repo: Repo) -> bool:
    """Whether `actor`, who sees `repo`, may have the bytes of its files: every route that gives them must ask.

    A gate lets through those who would see the repo if it were private, and members who were given access. That access
    is personal: a fine-grained token uses it only if it may read its member's own namespace.
    """
    if not repo.gated:
        return True
    if actor.capability is not None:
        return actor.capability.subject == capability_subject(repo)
    if actor.user is None:
        return False
    if may_read_namespace(actor, repo.namespace):
        return True
    accepted = AccessRequest.objects.filter(repo=repo, user=actor.user, status=AccessStatus.ACCEPTED)
    return actor.token_allows(Permission.REPO_READ, actor.user.username) and accepted.exists()


def check_content(actor: Actor, repo: Repo) -> None:
    """Raises `GatedRepo` unless `may_read_content`."""
    if not may_read_content(actor, repo):
        raise GatedRepo(repo.kind, repo.full_id)


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
