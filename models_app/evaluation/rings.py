"""Whom to ring for queued runs: the queues of the workers that are about and could take one."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from models_app.evaluation.models import QueuePolicy, Run, RunState, Worker
from models_app.evaluation.routing import CPU_QUEUE, fits, queue_of, room_of
from models_app.evaluation.tasks import ring_workers

KNOWN_FOR = timedelta(days=7)  # a worker that has been silent for longer is not reckoned with any more
CALLED_AFTER, CALLED_FOR = timedelta(minutes=1), timedelta(days=1)


class Obstacle(StrEnum):
    """Why a queued run is handed to nobody: all workers that could take it are drained, or none could."""

    NONE = ""
    DRAINED = "drained"
    UNSUITED = "unsuited"


def known_workers() -> QuerySet[Worker]:
    """Workers that have been heard of lately, each with its account."""
    return Worker.objects.select_related("account").filter(heartbeat_at__gt=timezone.now() - KNOWN_FOR)


def offered_to(worker: Worker, runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those of `runs` that `worker` may be given: they fit its memory, it has no part in what they repeat, and
    donated workers see public files only. None for one that an operator drains, or that takes texts only.
    """
    if worker.draining or worker.texts_only:
        return runs.none()
    room = room_of(worker.hardware)
    if room is not None:
        runs = runs.filter(Q(memory_bytes=None) | Q(memory_bytes__lte=room))
    runs = runs.filter(~Exists(_own_part(worker)))
    return runs.filter(repo__private=False, repo__hidden=False, repo__gated="") if worker.donated else runs


def _own_part(worker: Worker) -> QuerySet[Run]:
    """What `worker` finished of the evaluation that the outer query's run repeats: nobody confirms himself.

    For donated workers all those of their account are one.
    """
    evaluation = Q(pk=OuterRef("repeat_of")) | Q(repeat_of=OuterRef("repeat_of"))
    same = Q(worker__account=worker.account_id) if worker.donated else Q(worker=worker)
    return Run.objects.filter(evaluation, same, state=RunState.DONE)


def measured_by(runs: Iterable[Run]) -> dict[int, list[Worker]]:
    """{run id of an evaluation: who has finished it or a repetition} for those of `runs` that repeat one: one query."""
    originals = {run.repeat_of_id for run in runs if run.repeat_of_id is not None}
    found: dict[int, list[Worker]] = {pk: [] for pk in originals}
    if originals:
        done = Run.objects.filter(Q(pk__in=originals) | Q(repeat_of__in=originals), state=RunState.DONE)
        for run in done.select_related("worker").exclude(worker=None):
            found[run.repeat_of_id or run.pk].append(cast("Worker", run.worker))
    return found


def may_take(worker: Worker, run: Run, before: Sequence[Worker]) -> bool:
    """What `offered_to` says, of one run whose repo is there, without a query: pages ask it of many workers and runs.

    `before` are those who measured what it repeats (`measured_by`).
    """
    return not worker.draining and _suits(worker, run, before)


def _suits(worker: Worker, run: Run, before: Sequence[Worker]) -> bool:
    """As `may_take`, of a worker that nobody drains."""
    if worker.texts_only or worker in before or not fits(run.memory_bytes, worker.hardware):
        return False
    accounts = {row.account_id for row in before}
    closed = not run.repo.is_public or bool(run.repo.gated)
    return not (worker.donated and (closed or worker.account_id in accounts))


def obstacle(workers: Sequence[Worker], run: Run, before: Sequence[Worker]) -> Obstacle:
    """Why none of `workers` may take `run`. `NONE` where one may, or nobody is known so far; `before` as `may_take`."""
    suited = [worker for worker in workers if _suits(worker, run, before)]
    if not workers or not all(worker.draining for worker in suited):
        return Obstacle.NONE
    return Obstacle.DRAINED if suited else Obstacle.UNSUITED


def ring_for(run: Run) -> None:
    """Ring for a run that was just queued."""
    if _is_paused():
        return
    before = measured_by([run]).get(run.repeat_of_id or 0, [])
    able = [worker for worker in known_workers() if may_take(worker, run, before)]
    ring_workers({queue_of(worker.hardware) for worker in able} | {CPU_QUEUE})


def ring_for_queued() -> None:
    """Ring for whatever is queued: once for each queue that somebody who could take something listens to."""
    if _is_paused():
        return
    queued = Run.objects.filter(state=RunState.QUEUED)
    if queued.exists():
        able = (worker for worker in known_workers() if offered_to(worker, queued).exists())
        # The CPU queue always: its workers may be new, and unknown so far.
        ring_workers({queue_of(worker.hardware) for worker in able} | {CPU_QUEUE})


def _is_paused() -> bool:
    return QueuePolicy.objects.filter(paused_at__isnull=False).exists()


def call_the_roll() -> None:
    """Ring for workers that have had nothing to ask for: those that only listen to rings would look silent."""
    now = timezone.now()
    idle = Worker.objects.filter(heartbeat_at__lt=now - CALLED_AFTER, heartbeat_at__gt=now - CALLED_FOR)
    ring_workers({queue_of(worker.hardware) for worker in idle if not worker.texts_only})
