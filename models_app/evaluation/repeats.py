"""Evaluations that another worker carries out once more, and what its record says about the first."""

import random

from django.conf import settings
from django.db.models import Q, QuerySet

from community.members.models import User
from models_app.evaluation.models import Record, Run, RunState, Verdict
from models_app.evaluation.records.agreement import compare

MAX_REPEATS = 3
_PERCENT = 100


def records_of(run: Run) -> QuerySet[Record]:
    """The records of an evaluation and its repetitions, whichever of them `run` is; the first one first."""
    original = run.repeat_of_id or run.pk
    records = Record.objects.filter(Q(run=original) | Q(run__repeat_of=original))
    return records.select_related("run__worker").order_by("run__pk")


def open_repeats(original: Run) -> QuerySet[Run]:
    return original.repeats.filter(state__in=[RunState.QUEUED, RunState.RUNNING])


def queue_repeat(original: Run, *, requested_by: User | None = None) -> Run:
    """A repetition of the finished run `original`, which has none on its way; `leases.lease` gives it to another."""
    return Run.objects.create(
        repo=original.repo,
        commit_sha=original.commit_sha,
        suite_version=original.suite_version,
        precision=original.precision,
        repeat_of=original,
        memory_bytes=original.memory_bytes,
        requested_by=requested_by,
        priority=original.priority - 1,  # what nobody has measured yet comes first
    )


def queue_due_repeat(run: Run) -> Run | None:
    """What `run`, which was just settled, asks for: a repetition while no record stands, and of a share of all runs.

    The share is `HUB_EVALUATION_REPEAT_PERCENT`, drawn by chance: no worker knows which. Gives what was queued.
    """
    original = run.repeat_of or run
    waits = not records_of(run).filter(stands=True).exists() and original.repeats.count() < MAX_REPEATS
    chosen = run.repeat_of is None and random.SystemRandom().random() * _PERCENT < settings.EVALUATION_REPEAT_PERCENT
    if (waits or chosen) and not open_repeats(original).exists():
        return queue_repeat(original)
    return None


def settle(run: Run) -> None:
    """Say of each record of the evaluation that `run` is part of whether another worker's agrees, and which one stands.

    That is the first of the hub's own workers, a confirmed one before others; else the first confirmed one of donated
    workers, so that donors who agree with each other never outweigh the hub. Call it in the transaction that stores a
    record.
    """
    Run.objects.select_for_update().get(pk=run.repeat_of_id or run.pk)  # one after the other
    records = list(records_of(run))
    documents = [record.document for record in records]
    for index, record in enumerate(records):
        others = [compare(documents[index], other) for place, other in enumerate(documents) if place != index]
        closest = min((other.differing_tasks for other in others), key=len, default=None)
        record.verdict, record.differing = _verdict(closest), closest or []
    confirmed = [record for record in records if record.verdict == Verdict.CONFIRMED]
    own = [record for record in records if record.run.worker is None or not record.run.worker.donated]
    chosen = next(iter([*(record for record in confirmed if record in own), *own, *confirmed]), None)
    for record in records:
        record.stands = record is chosen
        record.save(update_fields=["verdict", "differing", "stands"])


def _verdict(differing: list[str] | None) -> Verdict:
    """Of a record that differs in those tasks from the closest other one; None: there is no other."""
    if differing is None:
        return Verdict.ALONE
    return Verdict.CONTRADICTED if differing else Verdict.CONFIRMED
