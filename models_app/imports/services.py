"""Ask for an import, cancel it, try it again."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.rules import name_problem
from community.members.services import check_signed_in
from hub.core.addresses import check_url, host_of
from hub.core.errors import Invalid
from hub.core.tasks import ring
from models_app.imports import tasks
from models_app.imports.errors import EndpointClosed, ImportOver, TooManyImports
from models_app.imports.models import ImportJob, ImportState
from models_app.imports.queries import open_endpoints
from models_app.imports.rules import MAX_WAITING
from models_app.repos.services import create_repo

_LIVE = [ImportState.QUEUED, ImportState.RUNNING]
_RING_AT_ONCE = 50


@dataclass(frozen=True)
class Wish:
    """`source_id` of `kind` at `endpoint` shall become `namespace`/`name`."""

    endpoint: str
    source_id: str
    kind: str
    namespace: str
    name: str
    private: bool


def check_source(wish: Wish) -> None:
    """Raises `AddressRefused`, and `Invalid` for an id that no hub can have."""
    check_url(wish.endpoint, {host_of(wish.endpoint)})
    halves = wish.source_id.split("/")
    if len(halves) > 2 or any(name_problem(half) for half in halves):  # noqa: PLR2004 (a namespace and a name)
        raise Invalid(_("“%(id)s” is not the id of a repository, such as alice/tiny.") % {"id": wish.source_id[:200]})


def request_import(*, actor: Actor, wish: Wish) -> ImportJob:
    """Queue an import for a member; its repo takes its name now, and stays private until all of it is here.

    Raises `EndpointClosed` for what the operator does not list, `TooManyImports`, and what `create_repo` raises.
    """
    user = check_signed_in(actor)
    if wish.endpoint not in open_endpoints():
        raise EndpointClosed
    if ImportJob.objects.filter(user=user, state__in=_LIVE).count() >= MAX_WAITING:
        raise TooManyImports(MAX_WAITING)
    with transaction.atomic():
        job = make_job(actor=actor, wish=wish, by_command=False)
        ring(tasks.run, job.pk, queue=tasks.QUEUE)
    return job


@transaction.atomic
def make_job(*, actor: Actor, wish: Wish, by_command: bool) -> ImportJob:
    """The repo and the row of an import, whoever will work it off. Raises what `check_source` and `create_repo` do."""
    check_source(wish)
    repo = create_repo(actor=actor, kind=wish.kind, namespace=wish.namespace, name=wish.name, private=True)
    return ImportJob.objects.create(
        repo=repo,
        user=check_signed_in(actor),
        endpoint=wish.endpoint,
        source_id=wish.source_id,
        private=wish.private,
        by_command=by_command,
    )


def cancel(*, job: ImportJob) -> None:
    """End a job; its worker notices at its next word of progress. Raises `ImportOver`."""
    live = ImportJob.objects.filter(pk=job.pk, state__in=_LIVE)
    if not live.update(state=ImportState.CANCELLED, finished_at=timezone.now(), problem=""):
        raise ImportOver


@transaction.atomic
def retry(*, job: ImportJob) -> None:
    """Queue a job again, now; what is here already is not fetched again. Raises `ImportOver` if it runs or is done."""
    idle = ImportJob.objects.filter(pk=job.pk).exclude(state__in=[ImportState.RUNNING, ImportState.DONE])
    fresh = {"state": ImportState.QUEUED, "attempts": 0, "problem": "", "due_at": timezone.now(), "finished_at": None}
    if not idle.update(**fresh):
        raise ImportOver
    if not job.by_command:
        ring(tasks.run, job.pk, queue=tasks.QUEUE)


def ring_due() -> None:
    """Ring for every job that waits or has lost its worker, the oldest first."""
    due = ImportJob.objects.filter(state__in=_LIVE, due_at__lte=timezone.now(), by_command=False)
    for pk in due.order_by("due_at").values_list("pk", flat=True)[:_RING_AT_ONCE]:
        ring(tasks.run, pk, queue=tasks.QUEUE)
