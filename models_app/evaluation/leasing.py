"""What is common to the leases of all work. A lease is (row, attempt) in the hands of one service account.

It is over once the row left ``running`` or went on to another attempt; the deadline only allows the reaper to end it.
So a worker that comes back late, but before anybody missed it, loses nothing, and one that was missed changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from community.members.actors import Actor
from community.members.capabilities import issue_capability
from community.members.models import User
from community.members.rules import Permission
from hub.core.errors import Unauthenticated
from models_app.evaluation.errors import LeaseLost, NotAWorker
from models_app.evaluation.models import FailureClass, RunState, Work, Worker
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject

MAX_LOSSES = 3
LOG_TAIL = 16_000  # characters
_WORKS, _DONATES = "models_app.evaluate", "models_app.donate_work"
AnyWork = TypeVar("AnyWork", bound=Work)


@dataclass(frozen=True)
class Failure:
    """Why work ended without a result. `failure_class` is a `FailureClass`, `reason` a sentence for the owner."""

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


def seen_worker(*, actor: Actor, name: str, hardware: Mapping[str, Any], versions: Mapping[str, Any]) -> Worker:
    """The worker of `actor` that asks for work, as it describes itself. Raises as `check_worker`."""
    account = check_worker(actor)
    worker, _created = Worker.objects.update_or_create(
        account=account,
        name=name,
        defaults={
            "hardware": dict(hardware),
            "versions": dict(versions),
            "heartbeat_at": timezone.now(),
            "donated": not account.has_perm(_WORKS),
        },
    )
    return worker


def begin(work: Work, worker: Worker) -> None:
    """Give queued `work` to `worker` for one more attempt, in a transaction that holds its row."""
    now = timezone.now()
    work.state, work.worker, work.started_at = RunState.RUNNING, worker, now
    work.attempt += 1
    work.leased_until = _lease_end(work, now)
    work.finished_at, work.progress, work.log_tail = None, {}, ""
    work.failure_class = work.failure_reason = ""
    work.save()


def capability_for(work: Work, repo: Repo) -> str:
    """The right to read `repo` while `work` may last."""
    seconds = work.limit_seconds + settings.EVALUATION_LEASE_SECONDS
    return issue_capability(subject=capability_subject(repo), right="read", seconds=seconds)


def held(rows: "QuerySet[AnyWork]", actor: Actor, attempt: int, states: set[RunState]) -> AnyWork:
    """The one of `rows` that is in one of `states` under the lease of `actor`. Raises `LeaseLost`."""
    account = check_worker(actor)
    work = rows.filter(attempt=attempt, worker__account=account, state__in=states).first()
    if work is None:
        raise LeaseLost
    return work


def renew(work: Work, *, progress: Mapping[str, Any], log_tail: str) -> bool:
    """Renew the lease and keep the progress. True: it was cancelled, stop."""
    if work.state == RunState.CANCELLED:
        return True
    now = timezone.now()
    work.leased_until = _lease_end(work, now)
    work.progress, work.log_tail = dict(progress), log_tail[-LOG_TAIL:]
    work.save(update_fields=["leased_until", "progress", "log_tail"])
    Worker.objects.filter(pk__in=[work.worker_id]).update(heartbeat_at=now)
    return False


def take_back(work: Work) -> None:
    """End a lease whose deadline passed: queue `work` again, or close it after too long or too many losses."""
    if timezone.now() >= _deadline(work):
        reason = f"{work.what} took longer than {work.limit_seconds} seconds."
        close_failed(work, Failure(FailureClass.TIMEOUT, reason, work.log_tail))
        return
    work.losses += 1
    if work.losses >= MAX_LOSSES:
        reason = f"The worker vanished {work.losses} times in a row. Try again, or ask the operator to look at its log."
        close_failed(work, Failure(FailureClass.LOST, reason, work.log_tail))
        return
    queue_again(work)


def queue_again(work: Work) -> None:
    """At its old place."""
    work.state, work.leased_until, work.progress = RunState.QUEUED, None, {}
    work.save(update_fields=["state", "leased_until", "progress", "losses"])


def close_done(work: Work) -> None:
    work.state, work.finished_at, work.leased_until = RunState.DONE, timezone.now(), None
    work.save(update_fields=["state", "finished_at", "leased_until"])


def close_failed(work: Work, failure: Failure) -> None:
    work.state, work.finished_at, work.leased_until = RunState.FAILED, timezone.now(), None
    work.failure_class, work.failure_reason = failure.failure_class, failure.reason
    work.log_tail = failure.log_tail[-LOG_TAIL:]
    work.save()


def _deadline(work: Work) -> datetime:
    """When it has to be over whatever its worker says."""
    started = work.started_at or timezone.now()
    return started + timedelta(seconds=work.limit_seconds + settings.EVALUATION_LEASE_SECONDS)


def _lease_end(work: Work, now: datetime) -> datetime:
    return min(now + timedelta(seconds=settings.EVALUATION_LEASE_SECONDS), _deadline(work))
