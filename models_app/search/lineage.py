"""Which models a model was made from and which were made from it, as far as one actor may see them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from community.members.actors import Actor
from community.members.rules import name_problem
from models_app.cards.lineage import child_tag, read_lineage
from models_app.repos.models import Repo, RepoAlias, RepoKind, RepoTag
from models_app.repos.queries import visible_repos
from models_app.search.filters import tagged

MAX_BASES = 10


@dataclass(frozen=True)
class Base:
    """A model that a card names as its base. `repo` is None where this hub has none of that name to show."""

    name: str
    repo: Repo | None


def bases_of(actor: Actor, repo: Repo) -> tuple[str, list[Base]]:
    """How `repo` was made (``finetune``, …, "") and the first bases that its card names: three queries at most.

    A base that was moved since is found by the name that the card knows.
    """
    lineage = read_lineage(row.tag for row in repo.tag_rows.all())
    names = lineage.bases[:MAX_BASES]
    wanted = Q(pk__in=[])
    for name in names:
        owner, _slash, own = name.partition("/")
        if not name_problem(owner) and not name_problem(own):
            wanted |= Q(namespace__name__lower=owner.lower(), name__lower=own.lower())
    found = _found(visible_repos(actor, RepoKind.MODEL), wanted) if names else {}
    return lineage.relation, [Base(name, found.get(name.lower())) for name in names]


def _found(visible: QuerySet[Repo], wanted: Q) -> dict[str, Repo]:
    """{name in lower case: repo}, also by names from before a move."""
    aliases = RepoAlias.objects.filter(wanted, repo__in=visible.values("pk"))
    former = {str(alias).lower(): alias.repo for alias in aliases.select_related("namespace", "repo__namespace")}
    return former | {repo.full_id.lower(): repo for repo in visible.filter(wanted)}


def children_of(actor: Actor, repo: Repo) -> QuerySet[Repo]:
    """The models whose cards name `repo` as their base, as it is spelt now."""
    return visible_repos(actor, RepoKind.MODEL).filter(tagged(child_tag(repo.full_id)))


def count_children(actor: Actor, repos: Iterable[Repo]) -> dict[int, int]:
    """{repo id: number of its children} for those of `repos` that have any: one query."""
    by_tag = {child_tag(repo.full_id): repo.pk for repo in repos}
    visible = visible_repos(actor, RepoKind.MODEL).values("pk")
    counts = RepoTag.objects.filter(tag__in=list(by_tag), repo__in=visible).order_by().values_list("tag")
    return {by_tag[tag]: number for tag, number in counts.annotate(number=Count("pk"))}
