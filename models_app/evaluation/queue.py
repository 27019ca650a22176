"""The queue of the whole hub and the workers that serve it, as an actor may see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from django.db.models import F, QuerySet
from django.db.models.enums import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.attention.models import AttentionRequest
from models_app.evaluation.models import QUEUE_ORDER, QueuePolicy, Run, RunState, Worker
from models_app.evaluation.policy import current_policy
from models_app.evaluation.queries import (
    Standing,
    joined,
    past_durations,
    queued_standing,
    running_standing,
    visible_runs,
)
from models_app.evaluation.rings import known_workers, measured_by, obstacle
from models_app.evaluation.services import changeable_repos
from models_app.evaluation.suites.queries import active_suite
from models_app.repos.queries import visible_repos

QUEUE_SHOWN = 50
RECENT_SHOWN = 20
SILENT_AFTER = timedelta(minutes=5)
AnyWork: TypeAlias = Run | AttentionRequest


class WorkerState(TextChoices):
    WORKING = "working", _("working")
    FINISHING = "finishing", _("finishing its last run")
    DRAINED = "drained", _("drained")
    IDLE = "idle", _("waiting for work")
    SILENT = "silent", _("silent")

    @property
    def dot(self) -> str:
        """The state of a run whose dot has the fitting colour."""
        return {"working": "running", "finishing": "running", "idle": "done", "silent": "failed"}.get(self, "queued")


@dataclass(frozen=True)
class QueueEntry:
    """One line of the public queue. `standing` is None where the actor may not see the repo: only its place is told.

    `log_tail` is there for those who may change the run.
    """

    place: int | None
    worker: Worker | None
    standing: Standing | None
    log_tail: str = ""


@dataclass(frozen=True)
class WorkerLine:
    """A worker and what it does. `work` is None where it does nothing, or something that the actor may not see."""

    worker: Worker
    state: WorkerState
    work: AnyWork | None

    @property
    def is_text(self) -> bool:
        """Whether it computes the attention of a text, which itself nobody is shown here."""
        return isinstance(self.work, AttentionRequest)

    @property
    def works(self) -> bool:
        return self.state in {WorkerState.WORKING, WorkerState.FINISHING}


@dataclass(frozen=True)
class Queue:
    """`running`, then the first of `queued_count` queued runs in their order, then `recent` ones that are over."""

    policy: QueuePolicy
    running: list[QueueEntry]
    queued: list[QueueEntry]
    queued_count: int
    recent: list[Run]
    workers: list[WorkerLine]


def queue(actor: Actor) -> Queue:
    """The queue as `actor` may see it: a fixed number of queries."""
    running = list(joined(Run.objects.filter(state=RunState.RUNNING)).order_by("started_at", "pk"))
    queued = queued_runs()
    works: list[AnyWork] = [*running, *_running_texts()]
    ids = {work.repo_id for work in (*works, *queued)}
    visible = set(visible_repos(actor).filter(pk__in=ids).values_list("pk", flat=True))
    changeable = changeable_repos(actor, (run.repo for run in running))
    suite = active_suite()
    durations = past_durations(suite.pk) if suite else []
    workers, policy = list(known_workers().order_by("name", "pk")), current_policy()
    measured = measured_by(queued)
    over = visible_runs(actor).filter(state__in=[RunState.DONE, RunState.FAILED, RunState.CANCELLED])

    def running_entry(run: Run) -> QueueEntry:
        standing = running_standing(run, durations) if run.repo_id in visible else None
        return QueueEntry(None, run.worker, standing, run.log_tail if run.repo_id in changeable else "")

    def queued_entry(place: int, run: Run) -> QueueEntry:
        known = [] if policy.paused_at else durations
        before = measured.get(run.repeat_of_id or 0, [])
        stuck = obstacle(workers, run, before)
        standing = queued_standing(run, place=place, running=len(running), durations=known, stuck=stuck)
        return QueueEntry(place, None, standing if run.repo_id in visible else None)

    return Queue(
        policy=policy,
        running=[running_entry(run) for run in running],
        queued=[queued_entry(place, run) for place, run in enumerate(queued, start=1)],
        queued_count=Run.objects.filter(state=RunState.QUEUED).count(),
        recent=list(over.order_by(F("finished_at").desc(nulls_last=True), "-pk")[:RECENT_SHOWN]),
        workers=_worker_lines(workers, works, visible),
    )


def worker_lines() -> list[WorkerLine]:
    """Every worker that has been heard of lately, with its work, whoever's it is: for operators. Three queries."""
    return _all_lines(known_workers())


def workers_of(account: User) -> list[WorkerLine]:
    """The workers of `account` that have been heard of lately, with their work. Three queries."""
    return _all_lines(known_workers().filter(account=account))


def queued_runs() -> list[Run]:
    """The first of the queued runs, whoever's they are, in their order."""
    return list(joined(Run.objects.filter(state=RunState.QUEUED).order_by(*QUEUE_ORDER))[:QUEUE_SHOWN])


def _all_lines(workers: QuerySet[Worker]) -> list[WorkerLine]:
    works: list[AnyWork] = [*joined(Run.objects.filter(state=RunState.RUNNING)), *_running_texts()]
    return _worker_lines(workers.order_by("name", "pk"), works, {work.repo_id for work in works})


def _running_texts() -> list[AttentionRequest]:
    return list(AttentionRequest.objects.filter(state=RunState.RUNNING).select_related("repo__namespace"))


def _worker_lines(workers: Iterable[Worker], works: Sequence[AnyWork], visible: set[int]) -> list[WorkerLine]:
    found = {work.worker_id: work for work in works}
    return [_worker_line(worker, found.get(worker.pk), visible) for worker in workers]


def _worker_line(worker: Worker, work: AnyWork | None, visible: set[int]) -> WorkerLine:
    shown = work if work is not None and work.repo_id in visible else None
    return WorkerLine(worker, _state_of(worker, works=work is not None), shown)


def _state_of(worker: Worker, *, works: bool) -> WorkerState:
    if works:
        return WorkerState.FINISHING if worker.draining else WorkerState.WORKING
    if worker.draining:
        return WorkerState.DRAINED
    # Nobody calls those that take texts only just to see whether they are there.
    silent = timezone.now() - worker.heartbeat_at > SILENT_AFTER and not worker.texts_only
    return WorkerState.SILENT if silent else WorkerState.IDLE
