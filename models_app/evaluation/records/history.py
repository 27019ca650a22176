"""How a model's overall score moved from commit to commit, under each version of the suite."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from models_app.evaluation.models import Score, SuiteVersion, Verdict
from models_app.evaluation.queries import rated_runs, standing_runs
from models_app.evaluation.rules import OVERALL
from models_app.repos.models import Repo

SHOWN = 100  # newest results of a model


@dataclass(frozen=True)
class Point:
    """The overall score (0 to 1) of one commit."""

    commit: str
    record: str
    finished_at: datetime
    value: float
    stderr: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Series:
    """The results under one suite version, oldest commit first. Scores of two versions are of different tasks."""

    suite_version: SuiteVersion
    points: list[Point]


@dataclass(frozen=True)
class Mark:
    """A point of a chart: places in per cent of its width and height, y downwards; `low` and `high` ± one error."""

    point: Point
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Chart:
    """`top` and `bottom` are the scores at the upper and the lower edge."""

    series: Series
    marks: list[Mark]
    top: float
    bottom: float

    @property
    def lines(self) -> list[tuple[Mark, Mark]]:
        return list(zip(self.marks, self.marks[1:], strict=False))


def history(repo: Repo) -> list[Series]:
    """The results of `repo`, which the caller may read, by suite version, the active one first: one query."""
    runs = standing_runs(rated_runs(repo))
    scores = Score.objects.filter(task=OVERALL, record__run__in=runs)
    scores = scores.select_related("record__run__suite_version").defer("record__payload", "record__run__log_tail")
    found: dict[int, Series] = {}
    age = Coalesce("record__run__repeat_of", "record__run")  # of what was measured, not of its repetition
    order = ("-record__run__suite_version__active", "-record__run__suite_version", age.desc())
    for score in scores.order_by(*order)[:SHOWN]:
        version = score.record.run.suite_version
        found.setdefault(version.pk, Series(version, [])).points.insert(0, _point(score))
    return list(found.values())


def _point(score: Score) -> Point:
    record = score.record
    return Point(
        commit=record.run.commit_sha,
        record=record.sha256,
        finished_at=record.created_at,
        value=score.value,
        stderr=score.stderr,
        verdict=Verdict(record.verdict),
    )


def charts(found: Sequence[Series]) -> list[Chart]:
    """A chart for each version that more than one commit was measured under."""
    return [_chart(series) for series in found if len(series.points) > 1]


def _chart(series: Series) -> Chart:
    reaches = [(point.value - (point.stderr or 0), point.value + (point.stderr or 0)) for point in series.points]
    bottom, top = min(low for low, _ in reaches), max(high for _, high in reaches)
    spread = (top - bottom) or 1.0

    def height(value: float) -> float:
        return 6 + 88 * (top - value) / spread

    step = 92 / (len(series.points) - 1)
    marks = [
        Mark(point, 4 + step * place, height(point.value), height(low), height(high))
        for place, (point, (low, high)) in enumerate(zip(series.points, reaches, strict=True))
    ]
    return Chart(series, marks, top, bottom)
