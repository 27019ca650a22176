"""Which runs and records an actor may see, and where they stand."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from community.members.actors import Actor
from models_app.evaluation.errors import RecordNotFound, RunNotFound
from models_app.evaluation.models import (
    Record,
    Run,
    RunState,
    Score,
)
from models_app.evaluation.records.reports import Report, report_of
from models_app.evaluation.repeats import MAX_REPEATS
from models_app.evaluation.rings import Obstacle, known_workers, measured_by, obstacle
from models_app.evaluation.rules import OVERALL, expected_seconds
from models_app.evaluation.services import has_checkpoint, may_change_runs
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos

PAST_RUNS = 25  # how many finished runs an estimate looks back on
HISTORY_SHOWN = 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OF_HEAD: Any = ExpressionWrapper(Q(commit_sha=F("repo__head_sha")), output_field=BooleanField())
_NEWEST_FIRST = (
    _OF_HEAD.desc(),
    F("suite_version__active").desc(),
    Coalesce("repeat_of", "pk").desc(),
    F("pk").asc(),
)


def visible_runs(actor: Actor) -> QuerySet[Run]:
    """Runs of repos that `actor` may read, with all that is shown of them joined."""
    return joined(Run.objects.filter(repo__in=visible_repos(actor).values("pk")))


def evaluated_since(since: datetime) -> QuerySet[Any, Any]:
    """Ids of the members whose runs came to a result since then; see `community.governance.electorate`."""
    runs = Run.objects.filter(state=RunState.DONE, finished_at__gte=since, repo__private=False, repo__hidden=False)
    return runs.order_by().values("requested_by")


def joined(runs: QuerySet[Run]) -> QuerySet[Run]:
    """`runs` with what `Standing` shows of them."""
    return runs.select_related("repo__namespace", "suite_version", "worker", "record").defer("record__payload")


def get_run(actor: Actor, run_id: int) -> Run:
    """Raises `RunNotFound`, the same for a missing run and for one of a hidden repo."""
    run = visible_runs(actor).filter(pk=run_id).first()
    if run is None:
        raise RunNotFound
    return run


def get_record(actor: Actor, sha256: str) -> Record:
    """The record with this hash. Raises `RecordNotFound`, the same for a missing and a hidden one."""
    if not _SHA256.fullmatch(sha256):
        raise RecordNotFound
    visible = visible_repos(actor).values("pk")
    records = Record.objects.select_related("run__repo__namespace", "run__suite_version")
    record = records.filter(sha256=sha256, run__repo__in=visible).first()
    if record is None:
        raise RecordNotFound
    return record


@dataclass(frozen=True)
class Standing:
    """Where a run is now. `place` (1: next) counts every queued run; `expected_seconds` is when it will likely end.

    `waits_for` is set where none of the known workers may take a run: the bytes of memory that one would need.
    `drained`: some could, were they not drained.
    """

    run: Run
    place: int | None = None
    expected_seconds: float | None = None
    waits_for: int | None = None
    drained: bool = False

    @property
    def live(self) -> bool:
        """Whether it will still change by itself."""
        return self.run.state in {RunState.QUEUED, RunState.RUNNING}

    @property
    def percent(self) -> int | None:
        """How much of its current stage a running run has done; None when it did not say."""
        done, total = self.run.progress.get("done", 0), self.run.progress.get("total", 0)
        return min(100, 100 * done // total) if total else None


def standing(run: Run) -> Standing:
    """The standing of one run: up to four small queries."""
    if run.state == RunState.QUEUED:
        place = Run.objects.filter(Q(state=RunState.QUEUED) & _before(run)).count() + 1
        running = Run.objects.filter(state=RunState.RUNNING).count()
        durations = past_durations(run.suite_version_id)
        before = measured_by([run]).get(run.repeat_of_id or 0, [])
        stuck = obstacle(list(known_workers()), run, before)
        return queued_standing(run, place=place, running=running, durations=durations, stuck=stuck)
    if run.state == RunState.RUNNING:
        return running_standing(run, past_durations(run.suite_version_id))
    return Standing(run)


def running_standing(run: Run, durations: Sequence[float]) -> Standing:
    """The standing of a running run, judged by how long past runs took."""
    typical = expected_seconds(place=1, running=0, durations=durations)
    if typical is None or run.started_at is None:
        return Standing(run)
    return Standing(run, None, max(0.0, typical - (timezone.now() - run.started_at).total_seconds()))


def queued_standing(run: Run, *, place: int, running: int, durations: Sequence[float], stuck: Obstacle) -> Standing:
    """The standing of a queued run among what else there is; nothing is promised of one that nobody can take."""
    if stuck:
        return Standing(run, place, waits_for=run.memory_bytes or 0, drained=stuck == Obstacle.DRAINED)
    return Standing(run, place, expected_seconds(place=place, running=running, durations=durations))


def _before(run: Run) -> Q:
    """Runs that `leases.lease` would hand out before `run`."""
    earlier = Q(queued_at__lt=run.queued_at) | Q(queued_at=run.queued_at, pk__lt=run.pk)
    return Q(priority__gt=run.priority) | (Q(priority=run.priority) & earlier)


def past_durations(suite_version_id: int) -> list[float]:
    """Seconds that the newest finished runs of a suite version took."""
    done = Run.objects.filter(suite_version=suite_version_id, state=RunState.DONE, started_at__isnull=False)
    times = done.order_by("-finished_at").values_list("started_at", "finished_at")[:PAST_RUNS]
    return [(finished - started).total_seconds() for started, finished in times if started and finished]


@dataclass(frozen=True)
class LiveRun:
    """The newest run of a model, and whether the actor may retry or cancel it."""

    current: Standing | None
    may_change: bool


def live_run(actor: Actor, repo: Repo) -> LiveRun:
    """What the live part of the evaluation page shows of `repo`, which `actor` may read; cheap, for it is polled."""
    run = newest_first(joined(rated_runs(repo))).first()
    return LiveRun(current=standing(run) if run else None, may_change=may_change_runs(actor, repo))


@dataclass(frozen=True)
class EvaluationTab(LiveRun):
    """All that a model's evaluation page shows. `report` is of the newest finished run, which `current` may not be.

    It is provisional while no record of the model stands: a donated worker measured it, and nobody has confirmed it.
    """

    report: Report | None
    history: list[Run]
    has_checkpoint: bool

    @property
    def may_repeat(self) -> bool:
        """Whether the button that asks for a repetition is of use; `services.repeat` has the last word."""
        if not self.may_change or self.report is None:
            return False
        original = self.report.run.repeat_of_id or self.report.run.pk
        repeats = [run for run in self.history if run.repeat_of_id == original]
        return len(repeats) < MAX_REPEATS and not any(Standing(run).live for run in repeats)

    @property
    def report_is_current(self) -> bool:
        return self.report is not None and self.current is not None and self.report.run == self.current.run


def evaluation_tab(actor: Actor, repo: Repo) -> EvaluationTab:
    """The evaluation of `repo`, which `actor` may read: a fixed number of queries, however many runs there are."""
    history = list(newest_first(joined(rated_runs(repo)))[:HISTORY_SHOWN])
    records = Record.objects.select_related("run__suite_version", "run__worker")
    record = records.filter(run__in=_newest_done(repo)).first() or records.filter(run__in=_provisional(repo)).first()
    return EvaluationTab(
        current=standing(history[0]) if history else None,
        report=report_of(record) if record else None,
        history=history,
        may_change=may_change_runs(actor, repo),
        has_checkpoint=bool(history) or has_checkpoint(repo),
    )


def primary_score(repo: Repo, task: str = OVERALL) -> Score | None:
    """What the newest finished run of `repo`, which the caller may read, found at `task`: one query."""
    scores = Score.objects.filter(record__run__in=_newest_done(repo), task=task, primary=True)
    scores = scores.select_related("record__run__suite_version")
    return scores.defer("record__payload", "record__signature", "record__run__log_tail").first()


def newest_records(repos: Iterable[Repo]) -> dict[int, Record]:
    """{repo id: record} of the newest finished run of each of `repos` that has one, without payloads.

    The caller may read `repos`. The ``.scores`` and what is shown of ``.run`` are there: two queries.
    """
    records = newest_of_each(rated_runs(*repos)).defer("payload")
    records = records.select_related("run__repo", "run__suite_version", "run__worker").prefetch_related("scores")
    return {record.run.repo_id: record for record in records}


def newest_of_each(runs: QuerySet[Run]) -> QuerySet[Record]:
    """The record of the newest (`newest_first`) finished run of each repo, out of `runs`."""
    place = Window(RowNumber(), partition_by=F("repo"), order_by=_NEWEST_FIRST)  # in one pass over the runs
    newest = standing_runs(runs).annotate(place=place).filter(place=1).order_by()
    return Record.objects.filter(run__in=newest.values("pk"))


def _newest_done(repo: Repo) -> QuerySet[Run, Any]:
    return newest_first(standing_runs(rated_runs(repo))).values("pk")[:1]


def _provisional(repo: Repo) -> QuerySet[Run, Any]:
    return newest_first(rated_runs(repo).filter(state=RunState.DONE)).values("pk")[:1]


def rated_runs(*repos: Repo) -> QuerySet[Run]:
    """Runs of `repos` that count: under suite versions that are or were active. Others are previews."""
    return Run.objects.filter(repo__in=[repo.pk for repo in repos], suite_version__activated_at__isnull=False)


def standing_runs(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Finished runs, of each evaluation and its repetitions the one whose record stands for it (`repeats.settle`)."""
    return runs.filter(state=RunState.DONE, record__stands=True)


def newest_first(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs of one repo: those of its head first, of the active suite before others, then by age.

    A retry does not make an old commit new. Repetitions follow what they repeat.
    """
    return runs.order_by(*_NEWEST_FIRST)
