"""The leaderboard: the newest finished record of each model under a suite version, for those who may see the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Expression, F, FilteredRelation, Q, QuerySet, Window
from django.db.models.functions import Lower, Rank
from django.http import QueryDict

from community.members.actors import Actor
from models_app.evaluation.models import Record, Run, Score, SuiteVersion
from models_app.evaluation.queries import newest_of_each
from models_app.evaluation.records.reports import Bar, bar_of
from models_app.evaluation.rules import OVERALL, Estimate, Suite, TaskRule, featured_first
from models_app.evaluation.suites.queries import rated_versions
from models_app.leaderboard.filters import LeaderboardFilter
from models_app.leaderboard.rules import NAME, PARAMETERS, Field, Order, RankRange, chosen_columns, parse_order
from models_app.repos.queries import visible_repos

ROWS = 50
TABLE_ROWS = 1000  # of a page of the table


@dataclass(frozen=True)
class Cell:
    """A score and its place between chance and best."""

    score: Score
    bar: Bar


class Place(NamedTuple):
    """Where the record with this id ranks, and the estimate that says so, if it has that score."""

    record: int
    rank: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Row:
    """`rank` counts by the score that the board is sorted by (else by overall), best first, ties alike.

    `ranks` are those that it may have, given the standard errors; None without that score.
    """

    rank: int
    ranks: RankRange | None
    record: Record
    overall: Cell
    cells: list[Cell | None]


@dataclass(frozen=True)
class Board:
    """One page of the leaderboard; `tasks` are the chosen columns out of `all_tasks`, `versions` the other boards."""

    suite_version: SuiteVersion
    versions: list[SuiteVersion]
    order: Order
    all_tasks: list[TaskRule]
    tasks: list[TaskRule]
    filters: LeaderboardFilter
    page: Page[Place]
    rows: list[Row]


def leaderboard(actor: Actor, wanted: QueryDict, *, rows: int = ROWS) -> Board | None:
    """The page of so many `rows` that the address parameters `wanted` ask for; None without an active suite.

    A fixed number of queries: suites, namespaces of the actor, choices, the places of all, records and scores of the
    page.
    """
    versions = list(rated_versions())
    if not versions:
        return None
    suite_version = next((row for row in versions if row.key == wanted.get("suite")), versions[0])
    suite = Suite.from_json(suite_version.definition)
    records = newest_records(actor, suite_version)
    licences, families = _choices(records)
    filters = LeaderboardFilter(wanted, queryset=records, licences=licences, families=families)
    order = parse_order(wanted.get("sort", ""), frozenset(suite.tasks))
    all_tasks = _tasks(suite, wanted.get("family", ""), families)
    tasks = chosen_columns(all_tasks, wanted.getlist("tasks"))
    ranked_by = suite.tasks.get(order.column)
    higher_is_better = ranked_by is None or ranked_by.metrics[ranked_by.primary]
    places = _places(filters.qs, ranked_by, order, higher_is_better=higher_is_better)
    estimates = [place.estimate for place in places if place.estimate is not None]
    page = Paginator(places, rows).get_page(wanted.get("page"))
    return Board(
        suite_version=suite_version,
        versions=versions,
        order=order,
        all_tasks=all_tasks,
        tasks=tasks,
        filters=filters,
        page=page,
        rows=_rows(list(page), tasks, Field(estimates, higher_is_better=higher_is_better)),
    )


def _tasks(suite: Suite, wanted: str, families: list[str]) -> list[TaskRule]:
    """The tasks that the `wanted` family takes, or any of the `families` on the board: the others have no score."""
    shown = [wanted] if wanted in families else families
    takes = (task for task in suite.tasks.values() if any(task.takes(family) for family in shown))
    return featured_first(takes)


def newest_records(actor: Actor, suite_version: SuiteVersion) -> QuerySet[Record]:
    """One record for each model that `actor` may see: of its head if that is finished, else of the newest that is."""
    runs = Run.objects.filter(suite_version=suite_version)
    return newest_of_each(runs).filter(run__repo__in=visible_repos(actor).values("pk"))


def _choices(records: QuerySet[Record]) -> tuple[list[str], list[str]]:
    pairs = set(records.values_list("run__repo__licence", "family"))
    return sorted({licence for licence, _ in pairs if licence}), sorted({family for _, family in pairs})


def _places(
    records: QuerySet[Record], ranked_by: TaskRule | None, order: Order, *, higher_is_better: bool
) -> list[Place]:
    """The places of all `records` in `order`, `ranked_by` a task or (None) overall: one query looks at each of them."""
    name, value = OVERALL if ranked_by is None else ranked_by.name, F("ranking__value")
    ranking = FilteredRelation("scores", condition=Q(scores__task=name, scores__primary=True))
    keys: Mapping[str, Expression] = {
        NAME: _directed(Lower("run__repo__name"), descending=order.reverse),
        PARAMETERS: _directed(F("parameter_count"), descending=order.reverse),
    }
    by = keys.get(order.column, _directed(value, descending=higher_is_better != order.reverse))
    rank = Window(Rank(), order_by=_directed(value, descending=higher_is_better))
    ranked = records.annotate(ranking=ranking).annotate(rank=rank).order_by(by, "pk")
    rows = ranked.values_list("pk", "rank", "ranking__value", "ranking__stderr")
    return [Place(pk, rank, None if value is None else Estimate(value, stderr)) for pk, rank, value, stderr in rows]


def _directed(expression: Any, *, descending: bool) -> Any:
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_last=True)


def _rows(places: list[Place], tasks: list[TaskRule], field: Field) -> list[Row]:
    shown = Record.objects.select_related("run__repo__namespace")
    shown = shown.defer("payload", "run__repo__card_data", "run__repo__config", "run__log_tail")
    records = shown.in_bulk([place.record for place in places])
    primaries = Score.objects.filter(record__in=records, primary=True)
    scores = {(score.record_id, score.task): score for score in primaries}
    return [
        Row(
            rank=place.rank,
            ranks=None if place.estimate is None else field.ranks_of(place.estimate),
            record=records[place.record],
            overall=_overall_cell(scores[place.record, OVERALL]),
            cells=[_cell(task, scores.get((place.record, task.name))) for task in tasks],
        )
        for place in places
        if place.record in records  # a repo may go between two queries
    ]


def _overall_cell(score: Score) -> Cell:
    return Cell(score, Bar.of(Estimate(score.value, score.stderr)))


def _cell(task: TaskRule, score: Score | None) -> Cell | None:
    return None if score is None else Cell(score, bar_of(task, score))
