"""The leaderboard: the newest finished record of each model under a suite version, for those who may see the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Expression, F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Lower, Rank
from django.http import QueryDict

from community.members.actors import Actor
from models_app.evaluation.models import Record, Run, Score, SuiteVersion
from models_app.evaluation.queries import newest_of_each
from models_app.evaluation.records.reports import Bar, bar_of
from models_app.evaluation.rules import OVERALL, Estimate, Suite, TaskRule, featured_first
from models_app.evaluation.suites.queries import rated_versions
from models_app.leaderboard.filters import LeaderboardFilter
from models_app.leaderboard.rules import NAME, PARAMETERS, Order, RankRange, chosen_columns, parse_order, rank_range
from models_app.repos.queries import visible_repos

ROWS = 50
TABLE_ROWS = 1000  # of a page of the table; ranks cost rows times models


@dataclass(frozen=True)
class Cell:
    """A score and its place between chance and best."""

    score: Score
    bar: Bar


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
    page: Page[Record]
    rows: list[Row]


def leaderboard(actor: Actor, wanted: QueryDict, *, rows: int = ROWS) -> Board | None:
    """The page of so many `rows` that the address parameters `wanted` ask for; None without an active suite.

    A fixed number of queries: suites, namespaces of the actor, choices, count, rows, scores, scores of all for ranks.
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
    page = Paginator(ordered(filters.qs, suite, order), rows).get_page(wanted.get("page"))
    return Board(
        suite_version=suite_version,
        versions=versions,
        order=order,
        all_tasks=all_tasks,
        tasks=tasks,
        filters=filters,
        page=page,
        rows=_rows(list(page), tasks, _field(filters.qs, suite.tasks.get(order.column))),
    )


def _tasks(suite: Suite, wanted: str, families: list[str]) -> list[TaskRule]:
    """The tasks that the `wanted` family takes, or any of the `families` on the board: the others have no score."""
    shown = [wanted] if wanted in families else families
    takes = (task for task in suite.tasks.values() if any(task.takes(family) for family in shown))
    return featured_first(takes)


def newest_records(actor: Actor, suite_version: SuiteVersion) -> QuerySet[Record]:
    """One record for each model that `actor` may see: of its head if that is finished, else of the newest that is."""
    runs = Run.objects.filter(suite_version=suite_version)
    return (
        newest_of_each(runs)
        .filter(run__repo__in=visible_repos(actor).values("pk"))
        .select_related("run__repo__namespace")
        .defer("payload", "run__repo__card_data", "run__repo__config", "run__log_tail")
    )


def _choices(records: QuerySet[Record]) -> tuple[list[str], list[str]]:
    pairs = set(records.values_list("run__repo__licence", "family"))
    return sorted({licence for licence, _ in pairs if licence}), sorted({family for _, family in pairs})


def ordered(records: QuerySet[Record], suite: Suite, order: Order) -> QuerySet[Record]:
    """`records` in `order`, each with its ``rank``."""
    task = suite.tasks.get(order.column)
    records = records.annotate(ranked_by=_value_of(task))
    best_first = _directed(F("ranked_by"), descending=task is None or task.metrics[task.primary])
    records = records.annotate(rank=Window(Rank(), order_by=best_first))
    keys: Mapping[str, Expression] = {
        NAME: _directed(Lower("run__repo__name"), descending=order.reverse),
        PARAMETERS: _directed(F("parameter_count"), descending=order.reverse),
    }
    higher_first = (task is None or task.metrics[task.primary]) != order.reverse
    return records.order_by(keys.get(order.column, _directed(F("ranked_by"), descending=higher_first)), "pk")


def _value_of(task: TaskRule | None) -> Subquery:
    return Subquery(_ranking_scores(task).filter(record=OuterRef("pk")).values("value")[:1])


def _ranking_scores(task: TaskRule | None) -> QuerySet[Score]:
    """The scores that rank by `task`; None: by overall."""
    return Score.objects.filter(task=OVERALL if task is None else task.name, primary=True)


@dataclass(frozen=True)
class _Field:
    """The estimates by record id of all that are ranked, and their direction."""

    estimates: dict[int, Estimate]
    higher_is_better: bool

    def ranks_of(self, record: Record) -> RankRange | None:
        own = self.estimates.get(record.pk)
        if own is None:
            return None
        return rank_range(own, self.estimates.values(), higher_is_better=self.higher_is_better)


def _field(records: QuerySet[Record], task: TaskRule | None) -> _Field:
    scores = _ranking_scores(task).filter(record__in=records.values("pk")).values_list("record", "value", "stderr")
    estimates = {record: Estimate(value, stderr) for record, value, stderr in scores}
    return _Field(estimates, task is None or task.metrics[task.primary])


def _directed(expression: Any, *, descending: bool) -> Any:
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_last=True)


def _rows(records: list[Record], tasks: list[TaskRule], field: _Field) -> list[Row]:
    primaries = Score.objects.filter(record__in=records, primary=True)
    scores = {(score.record_id, score.task): score for score in primaries}
    return [
        Row(
            rank=record.rank,  # type: ignore[attr-defined]  # annotated by `ordered`
            ranks=field.ranks_of(record),
            record=record,
            overall=_overall_cell(scores[record.pk, OVERALL]),
            cells=[_cell(task, scores.get((record.pk, task.name))) for task in tasks],
        )
        for record in records
    ]


def _overall_cell(score: Score) -> Cell:
    return Cell(score, Bar.of(Estimate(score.value, score.stderr)))


def _cell(task: TaskRule, score: Score | None) -> Cell | None:
    return None if score is None else Cell(score, bar_of(task, score))
