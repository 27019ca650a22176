"""Lists of repos with their facets, as one actor may see them."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.http import QueryDict

from community.members.actors import Actor
from hub.core.pagination import page
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import visible_repos
from models_app.search.filters import ModelFilter, RepoFilter, few_first

PAGE = 30
FACET_VALUES = 12
# Facet → its column. Languages and free tags have too many values to count on every page.
FACETS = {"licence": "licence", "task": "pipeline_tag", "library": "library_name"}


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class RepoSearch:
    """One page of a list. `facets` has the keys of `FACETS`; `total` counts all pages."""

    filter: RepoFilter
    rows: list[Repo]
    next_cursor: str | None
    total: int
    facets: dict[str, list[FacetValue]]


def search_repos(actor: Actor, kind: str, query: QueryDict, *, limit: int = PAGE) -> RepoSearch:
    """The repos of `kind` that `actor` may see and `query` asks for, a page at a time (``cursor``).

    A filter that makes no sense is left out and says so in ``filter.form.errors``. Raises `Invalid` for a damaged
    cursor. The number of database queries does not depend on what is found.
    """
    chosen = _filter(kind)(query, queryset=visible_repos(actor, kind))
    found = few_first(chosen.qs) if chosen.chosen.get("q") else chosen.qs
    rows, next_cursor = page(found, chosen.ordering, query.get("cursor"), limit)
    return RepoSearch(
        filter=chosen,
        rows=rows,
        next_cursor=next_cursor,
        total=found.count(),
        facets={facet: _with_choice(chosen, facet) for facet in FACETS},
    )


def facet_counts(repos: QuerySet[Repo], facet: str, limit: int = FACET_VALUES) -> list[tuple[str, int]]:
    """The `limit` commonest values of `facet` (a key of `FACETS`) among `repos` with their numbers, most first; one
    query.
    """
    column = FACETS[facet]
    counted = repos.exclude(**{column: ""}).order_by().values_list(column).annotate(number=Count("pk"))
    return list(counted.order_by("-number", column)[:limit])


def _filter(kind: str) -> type[RepoFilter]:
    return ModelFilter if kind == RepoKind.MODEL else RepoFilter


def _with_choice(chosen: RepoFilter, facet: str) -> list[FacetValue]:
    """The values to offer; a chosen one stays on offer even when the others leave it without a repo."""
    wanted = chosen.chosen.get(facet) or []
    counts = dict(facet_counts(chosen.all_but(facet), facet))
    missing = {value: 0 for value in wanted if value not in counts}
    return [FacetValue(value, count, value in wanted) for value, count in (counts | missing).items()]
