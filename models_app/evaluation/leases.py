"""What workers do to runs, under leases (`leasing`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from community.members.actors import Actor
from models_app.evaluation import leasing
from models_app.evaluation.attention.services import queue_example
from models_app.evaluation.errors import InvalidRecord, RecordExists
from models_app.evaluation.leasing import Failure
from models_app.evaluation.models import QUEUE_ORDER, Record, Run, RunState, Sample, Score
from models_app.evaluation.notices import tell_of_end
from models_app.evaluation.policy import current_policy
from models_app.evaluation.records.checks import Asked, Checked, check_record
from models_app.evaluation.records.signatures import sign
from models_app.evaluation.repeats import queue_due_repeat, settle
from models_app.evaluation.rings import call_the_roll, offered_to, ring_for, ring_for_queued
from models_app.evaluation.rules import OVERALL, OVERALL_METRIC, Suite, sha256_of


@dataclass(frozen=True)
class Lease:
    """One attempt at one run, and the right to read the run's repo while it lasts."""

    run: Run
    attempt: int
    capability: str


@transaction.atomic
def lease(*, actor: Actor, worker_name: str, hardware: Mapping[str, Any], versions: Mapping[str, Any]) -> Lease | None:
    """Hand the next queued run (by priority, then age) that a worker of `actor` may take to it.

    None when there is none, the worker is drained, or the queue paused.
    """
    worker = leasing.seen_worker(actor=actor, name=worker_name, hardware=hardware, versions=versions)
    if current_policy().paused_at is not None:
        return None
    # PostgreSQL: two workers asking at once skip each other's row. SQLite: the transaction began with the write lock.
    queued = offered_to(worker, _locked(skip=True).filter(state=RunState.QUEUED))
    run = queued.order_by(*QUEUE_ORDER).first()
    if run is None:
        return None
    leasing.begin(run, worker)
    return Lease(run=run, attempt=run.attempt, capability=leasing.capability_for(run, run.repo))


@transaction.atomic
def heartbeat(*, actor: Actor, run_id: int, attempt: int, progress: Mapping[str, Any], log_tail: str) -> bool:
    """Renew the lease and keep the progress. True: the run was cancelled, stop. Raises `LeaseLost`."""
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.CANCELLED})
    return leasing.renew(run, progress=progress, log_tail=log_tail)


def finish(*, actor: Actor, run_id: int, attempt: int, document: Any) -> Record:
    """Keep the record of a run with its scores and samples: once, however often it is sent.

    With the record of a repetition it is settled whether both workers agree (`repeats.settle`).
    Raises `LeaseLost`, or `InvalidRecord` (the run goes on: its worker should report the failure),
    or `RecordExists` when the run was finished with another record.
    """
    states = {RunState.RUNNING, RunState.DONE}
    # Checked before the lock: a record takes a while to read, and what it is checked against never changes.
    checked = _check(_held(actor, run_id, attempt, states, lock=False), document)
    with transaction.atomic():
        run = _held(actor, run_id, attempt, states)
        if run.state == RunState.DONE:
            return _known(run, checked)
        record = _store(run, checked)
        leasing.close_done(run)
        tell_of_end(run)
        settle(run)
        queue_example(run.repo, run.commit_sha)
        repetition = queue_due_repeat(run)
        if repetition is not None:
            ring_for(repetition)
    return record


@transaction.atomic
def fail(*, actor: Actor, run_id: int, attempt: int, failure: Failure) -> None:
    """Close a run with its class and a sentence for the owner; sending it again changes nothing. Raises `LeaseLost`."""
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.FAILED})
    if run.state == RunState.RUNNING:
        leasing.close_failed(run, failure)
        tell_of_end(run)


@transaction.atomic
def give_back(*, actor: Actor, run_id: int, attempt: int) -> None:
    """Queue a run again, at its old place, because its worker has to stop. It counts as no loss.

    Sending it again changes nothing. Raises `LeaseLost`.
    """
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.QUEUED})
    if run.state == RunState.RUNNING:
        leasing.queue_again(run)
        ring_for(run)


@transaction.atomic
def reap() -> None:
    """End leases whose deadline passed; ring for every queued run, for a doorbell may have been lost, and the roll."""
    for run in _locked(skip=True).filter(state=RunState.RUNNING, leased_until__lt=timezone.now()):
        leasing.take_back(run)
        if run.state == RunState.FAILED:
            tell_of_end(run)
    ring_for_queued()
    call_the_roll()


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("repo__namespace", "suite_version")


def _locked(*, skip: bool = False) -> QuerySet[Run]:
    """Runs to be changed in this transaction: nobody else writes them before it ends."""
    return _runs().select_for_update(of=("self",), skip_locked=skip)


def _held(actor: Actor, run_id: int, attempt: int, states: set[RunState], *, lock: bool = True) -> Run:
    return leasing.held((_locked() if lock else _runs()).filter(pk=run_id), actor, attempt, states)


def _check(run: Run, document: Any) -> Checked:
    version = run.suite_version
    asked = Asked(
        repo=run.repo.full_id,
        commit=run.commit_sha,
        suite_name=version.suite,
        suite_version=version.version,
        suite_sha256=version.sha256,
        precision=run.precision,
    )
    return check_record(document, asked=asked, suite=Suite.from_json(version.definition))


def _known(run: Run, checked: Checked) -> Record:
    if run.record.sha256 != sha256_of(checked.payload):
        raise RecordExists
    return run.record


def _store(run: Run, checked: Checked) -> Record:
    document, sha256 = checked.document, sha256_of(checked.payload)
    if Record.objects.filter(sha256=sha256).exists():
        raise InvalidRecord("This is another worker's record, byte for byte: a repetition has times of its own.")
    record = Record.objects.create(
        run=run,
        payload=checked.payload.decode(),
        sha256=sha256,
        signature=sign(run, sha256),
        family=document["family"],
        parameter_count=document["parameters"],
    )
    overall = Score(
        record=record,
        task=OVERALL,
        metric=OVERALL_METRIC,
        value=checked.overall.value,
        stderr=checked.overall.stderr,
        n=sum(score["n"] for score in document["scores"] if score["primary"]),
        higher_is_better=True,
        primary=True,
    )
    # A signature stays in the record: pages read it there.
    rows = ({key: value for key, value in score.items() if key != "signature"} for score in document["scores"])
    Score.objects.bulk_create([overall, *(Score(record=record, **row) for row in rows)])
    Sample.objects.bulk_create([Sample(record=record, **sample) for sample in document["samples"]])
    return record
