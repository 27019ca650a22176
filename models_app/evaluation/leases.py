"""What workers do to runs. A lease is (run, attempt) in the hands of one service account.

It is over once the run left ``running`` or went on to another attempt; the deadline only allows the reaper to end it.
So a worker that comes back late, but before anybody missed it, loses nothing, and one that was missed changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from community.members.actors import Actor
from community.members.capabilities import issue_capability
from community.members.models import User
from community.members.rules import Permission
from hub.core.errors import Unauthenticated
from models_app.evaluation.errors import InvalidRecord, LeaseLost, NotAWorker, RecordExists
from models_app.evaluation.models import QUEUE_ORDER, FailureClass, Record, Run, RunState, Sample, Score, Worker
from models_app.evaluation.notices import tell_of_end
from models_app.evaluation.policy import current_policy
from models_app.evaluation.records.checks import Asked, Checked, check_record
from models_app.evaluation.records.signatures import sign
from models_app.evaluation.repeats import queue_due_repeat, settle
from models_app.evaluation.rings import call_the_roll, offered_to, ring_for, ring_for_queued
from models_app.evaluation.rules import OVERALL, OVERALL_METRIC, Suite, sha256_of
from models_app.repos.queries import capability_subject

MAX_LOSSES = 3
LOG_TAIL = 16_000  # characters
_WORKS, _DONATES = "models_app.evaluate", "models_app.donate_work"


@dataclass(frozen=True)
class Lease:
    """One attempt at one run, and the right to read the run's repo while it lasts."""

    run: Run
    attempt: int
    capability: str


@dataclass(frozen=True)
class Failure:
    """Why a run ended without a record. `failure_class` is a `FailureClass`, `reason` a sentence for the owner."""

    failure_class: str
    reason: str
    log_tail: str


def check_worker(actor: Actor) -> User:
    """The service account behind `actor`.

    Raises `Unauthenticated`, or `NotAWorker` without the permission or with a token that was not made for it.
    """
    if actor.is_anonymous:
        raise Unauthenticated("Send the token of an evaluation worker's service account.")
    user, token = actor.user, actor.token
    if user is None or token is None or not (user.has_perm(_WORKS) or user.has_perm(_DONATES)):
        raise NotAWorker
    if not actor.token_allows(Permission.EVALUATION_WORK):
        raise NotAWorker
    return user


@transaction.atomic
def lease(*, actor: Actor, worker_name: str, hardware: Mapping[str, Any], versions: Mapping[str, Any]) -> Lease | None:
    """Hand the next queued run (by priority, then age) that a worker of `actor` may take to it.

    None when there is none, the worker is drained, or the queue paused.
    """
    now, account = timezone.now(), check_worker(actor)
    worker, _created = Worker.objects.update_or_create(
        account=account,
        name=worker_name,
        defaults={
            "hardware": dict(hardware),
            "versions": dict(versions),
            "heartbeat_at": now,
            "donated": not account.has_perm(_WORKS),
        },
    )
    if worker.draining or current_policy().paused_at is not None:
        return None
    # PostgreSQL: two workers asking at once skip each other's row. SQLite: the transaction began with the write lock.
    queued = offered_to(worker, _locked(skip=True).filter(state=RunState.QUEUED))
    run = queued.order_by(*QUEUE_ORDER).first()
    if run is None:
        return None
    run.state, run.worker, run.started_at = RunState.RUNNING, worker, now
    run.attempt += 1
    run.leased_until = _lease_end(run, now)
    run.finished_at, run.progress, run.log_tail = None, {}, ""
    run.failure_class = run.failure_reason = ""
    run.save()
    capability = issue_capability(
        subject=capability_subject(run.repo),
        right="read",
        seconds=settings.EVALUATION_RUN_SECONDS + settings.EVALUATION_LEASE_SECONDS,
    )
    return Lease(run=run, attempt=run.attempt, capability=capability)


@transaction.atomic
def heartbeat(*, actor: Actor, run_id: int, attempt: int, progress: Mapping[str, Any], log_tail: str) -> bool:
    """Renew the lease and keep the progress. True: the run was cancelled, stop. Raises `LeaseLost`."""
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.CANCELLED})
    if run.state == RunState.CANCELLED:
        return True
    now = timezone.now()
    run.leased_until = _lease_end(run, now)
    run.progress, run.log_tail = dict(progress), log_tail[-LOG_TAIL:]
    run.save(update_fields=["leased_until", "progress", "log_tail"])
    Worker.objects.filter(runs=run).update(heartbeat_at=now)
    return False


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
        run.state, run.finished_at, run.leased_until = RunState.DONE, timezone.now(), None
        run.save(update_fields=["state", "finished_at", "leased_until"])
        tell_of_end(run)
        settle(run)
        repetition = queue_due_repeat(run)
        if repetition is not None:
            ring_for(repetition)
    return record


@transaction.atomic
def fail(*, actor: Actor, run_id: int, attempt: int, failure: Failure) -> None:
    """Close a run with its class and a sentence for the owner; sending it again changes nothing. Raises `LeaseLost`."""
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.FAILED})
    if run.state == RunState.RUNNING:
        _close_failed(run, failure)


@transaction.atomic
def give_back(*, actor: Actor, run_id: int, attempt: int) -> None:
    """Queue a run again, at its old place, because its worker has to stop. It counts as no loss.

    Sending it again changes nothing. Raises `LeaseLost`.
    """
    run = _held(actor, run_id, attempt, {RunState.RUNNING, RunState.QUEUED})
    if run.state == RunState.RUNNING:
        _queue_again(run)
        ring_for(run)


@transaction.atomic
def reap() -> None:
    """End leases whose deadline passed; ring for every queued run, for a doorbell may have been lost, and the roll."""
    now = timezone.now()
    for run in _locked(skip=True).filter(state=RunState.RUNNING, leased_until__lt=now):
        _take_back(run, now)
    ring_for_queued()
    call_the_roll()


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("repo__namespace", "suite_version")


def _locked(*, skip: bool = False) -> QuerySet[Run]:
    """Runs to be changed in this transaction: nobody else writes them before it ends."""
    return _runs().select_for_update(of=("self",), skip_locked=skip)


def _held(actor: Actor, run_id: int, attempt: int, states: set[RunState], *, lock: bool = True) -> Run:
    account = check_worker(actor)
    runs = _locked() if lock else _runs()
    run = runs.filter(pk=run_id, attempt=attempt, worker__account=account, state__in=states).first()
    if run is None:
        raise LeaseLost
    return run


def _deadline(run: Run) -> datetime:
    """When a run has to be over whatever its worker says."""
    started = run.started_at or timezone.now()
    return started + timedelta(seconds=settings.EVALUATION_RUN_SECONDS + settings.EVALUATION_LEASE_SECONDS)


def _lease_end(run: Run, now: datetime) -> datetime:
    return min(now + timedelta(seconds=settings.EVALUATION_LEASE_SECONDS), _deadline(run))


def _take_back(run: Run, now: datetime) -> None:
    if now >= _deadline(run):
        reason = f"The evaluation took longer than {settings.EVALUATION_RUN_SECONDS} seconds."
        _close_failed(run, Failure(FailureClass.TIMEOUT, reason, run.log_tail))
        return
    run.losses += 1
    if run.losses >= MAX_LOSSES:
        reason = f"The worker vanished {run.losses} times in a row. Try again, or ask the operator to look at its log."
        _close_failed(run, Failure(FailureClass.LOST, reason, run.log_tail))
        return
    _queue_again(run)


def _queue_again(run: Run) -> None:
    run.state, run.leased_until, run.progress = RunState.QUEUED, None, {}
    run.save(update_fields=["state", "leased_until", "progress", "losses"])


def _close_failed(run: Run, failure: Failure) -> None:
    run.state, run.finished_at, run.leased_until = RunState.FAILED, timezone.now(), None
    run.failure_class, run.failure_reason = failure.failure_class, failure.reason
    run.log_tail = failure.log_tail[-LOG_TAIL:]
    run.save()
    tell_of_end(run)


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
