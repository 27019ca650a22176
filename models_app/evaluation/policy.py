"""How operators steer the queue: pause it, limit what one namespace may ask of it, drain workers, change priorities.

Callers are commands, and pages that have asked `check_operator`.
"""

from datetime import timedelta

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.governance.offices import is_maintainer
from community.members.actors import Actor
from community.members.models import Namespace, User
from models_app.evaluation.errors import (
    AmbiguousWorker,
    NotAnOperator,
    RunNotCancellable,
    TooManyRuns,
    WorkerNotFound,
)
from models_app.evaluation.models import QueuePolicy, Run, RunState, Worker
from models_app.evaluation.rings import ring_for_queued
from models_app.evaluation.rules import PREVIEW_PRIORITY, RERUN_PRIORITY

PRIORITIES = range(-100, 101)


def may_operate(actor: Actor) -> bool:
    """Whether `actor` is a maintainer, signed in to the pages."""
    return actor.token is None and is_maintainer(actor.user)


def check_operator(actor: Actor) -> None:
    """Raises `NotAnOperator` unless `may_operate`."""
    if not may_operate(actor):
        raise NotAnOperator


def current_policy() -> QueuePolicy:
    """The policy, with its defaults where nobody has changed anything."""
    return QueuePolicy.objects.first() or QueuePolicy(pk=1)


@transaction.atomic
def pause(*, reason: str = "") -> QueuePolicy:
    """Hand out no further run. What runs goes on; members read the reason."""
    return _change(paused_at=timezone.now(), pause_reason=reason[:300])


@transaction.atomic
def resume() -> QueuePolicy:
    """Hand out runs again."""
    policy = _change(paused_at=None, pause_reason="")
    ring_for_queued()
    return policy


@transaction.atomic
def set_limits(*, max_waiting: int | None, max_a_day: int | None) -> QueuePolicy:
    """How many runs of one namespace may wait, and be asked for in a day; None: any number."""
    return _change(max_waiting=max_waiting, max_a_day=max_a_day)


def _change(**values: object) -> QueuePolicy:
    policy, _created = QueuePolicy.objects.update_or_create(pk=1, defaults=values)
    return policy


def check_limits(namespace: Namespace) -> None:
    """Raises `TooManyRuns` when `namespace` may ask for no further run now. Two at once may overshoot by one."""
    policy = current_policy()
    runs = Run.objects.filter(repo__namespace=namespace).exclude(state=RunState.CANCELLED)
    runs = runs.exclude(priority__in=[PREVIEW_PRIORITY, RERUN_PRIORITY])  # of suite versions: nobody asked for these
    runs = runs.exclude(repeat_of__isnull=False, requested_by=None)  # nor for these, which the hub drew
    limit = policy.max_waiting
    if limit is not None and runs.filter(state=RunState.QUEUED).count() >= limit:
        raise TooManyRuns(
            _(
                "%(name)s has %(limit)d evaluations waiting, which is as many as one member or organisation may have. "
                "Try again when some of them are done, or cancel one."
            )
            % {"name": namespace.name, "limit": limit}
        )
    limit = policy.max_a_day
    if limit is not None and runs.filter(queued_at__gt=timezone.now() - timedelta(days=1)).count() >= limit:
        raise TooManyRuns(
            _(
                "%(name)s has asked for %(limit)d evaluations within a day, which is as many as one member or "
                "organisation may. Try again tomorrow, or ask the operators of this hub for more."
            )
            % {"name": namespace.name, "limit": limit}
        )


@transaction.atomic
def set_priority(*, run: Run, priority: int) -> Run:
    """Move a queued run: higher goes first. Raises `RunNotCancellable` when it waits no longer."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != RunState.QUEUED:
        raise RunNotCancellable(_("This evaluation waits no longer: its place cannot be changed."))
    run.priority = min(max(priority, PRIORITIES.start), PRIORITIES.stop - 1)
    run.save(update_fields=["priority"])
    return run


def get_worker(name: str) -> Worker:
    """The worker called `name`, or ``account/name`` where several accounts have one of that name.

    Raises `WorkerNotFound` or `AmbiguousWorker`.
    """
    account, separator, own = name.rpartition("/")
    workers = Worker.objects.select_related("account").filter(name=own if separator else name)
    if separator:
        workers = workers.filter(account__username__iexact=account)
    found = list(workers[:2])
    if not found:
        raise WorkerNotFound(name)
    if len(found) > 1:
        raise AmbiguousWorker(name)
    return found[0]


@transaction.atomic
def drain(*, worker: Worker, draining: bool) -> None:
    """Give `worker` no further run (it finishes the one it has), or let it work again."""
    worker.draining = draining
    worker.save(update_fields=["draining"])
    if not draining:
        ring_for_queued()


def allow_donation(*, member: User, allowed: bool) -> None:
    """Let `member` donate workers with tokens of their own, or no longer."""
    permission = Permission.objects.get(content_type__app_label="models_app", codename="donate_work")
    change = member.user_permissions.add if allowed else member.user_permissions.remove
    change(permission)
