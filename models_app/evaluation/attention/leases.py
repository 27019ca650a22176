"""What workers do to texts, under leases (`evaluation.leasing`)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import IsNull
from django.utils import timezone

from community.members.actors import Actor
from hub.core.tasks import ring
from models_app.evaluation import leasing
from models_app.evaluation.attention import tasks
from models_app.evaluation.attention.errors import InvalidWeights
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import MAX_BYTES, read_layers
from models_app.evaluation.leasing import Failure
from models_app.evaluation.models import RunState, Worker
from models_app.evaluation.policy import current_policy
from models_app.evaluation.routing import room_of


@transaction.atomic
def lease(
    *,
    actor: Actor,
    worker_name: str,
    hardware: Mapping[str, Any],
    versions: Mapping[str, Any],
    examples: bool = True,
) -> AttentionRequest | None:
    """Hand the next text to a worker of `actor`: those that members wait for, then `examples`.

    None when there is none, the worker is drained or a donated one (nobody would check its weights), or the queue
    paused.
    """
    worker = leasing.seen_worker(actor=actor, name=worker_name, hardware=hardware, versions=versions)
    if worker.draining or worker.donated or current_policy().paused_at is not None:
        return None
    fitting = _fitting(worker) if examples else _fitting(worker).exclude(requested_by=None)
    request = fitting.order_by(IsNull(F("requested_by"), True), "queued_at", "pk").first()
    if request is not None:
        leasing.begin(request, worker)
    return request


@transaction.atomic
def heartbeat(*, actor: Actor, request_id: UUID, attempt: int, progress: Mapping[str, Any], log_tail: str) -> bool:
    """Renew the lease and keep the progress. True: it was cancelled, stop. Raises `LeaseLost`."""
    request = _held(actor, request_id, attempt, {RunState.RUNNING})
    return leasing.renew(request, progress=progress, log_tail=log_tail)


@transaction.atomic
def finish(*, actor: Actor, request_id: UUID, attempt: int, result: Mapping[str, Any]) -> None:
    """Keep the weights; sending them again changes nothing. Raises `LeaseLost` or `InvalidWeights`."""
    request = _held(actor, request_id, attempt, {RunState.RUNNING, RunState.DONE})
    if request.state == RunState.DONE:
        return
    layers = _layers(result["parts"])
    parts = [{**part, "layers": len(part["layers"])} for part in result["parts"]]
    request.layers.all().delete()
    AttentionLayer.objects.bulk_create(
        AttentionLayer(request=request, part=part, layer=number, weights=weights)
        for part, found in layers.items()
        for number, weights in enumerate(found)
    )
    request.found = {**result, "parts": parts}
    request.save(update_fields=["found"])
    leasing.close_done(request)


@transaction.atomic
def fail(*, actor: Actor, request_id: UUID, attempt: int, failure: Failure) -> None:
    """Close a request with a sentence for who asked; sending it again changes nothing. Raises `LeaseLost`."""
    request = _held(actor, request_id, attempt, {RunState.RUNNING, RunState.FAILED})
    if request.state == RunState.RUNNING:
        leasing.close_failed(request, failure)


@transaction.atomic
def give_back(*, actor: Actor, request_id: UUID, attempt: int) -> None:
    """Queue a request again because its worker has to stop. Raises `LeaseLost`."""
    request = _held(actor, request_id, attempt, {RunState.RUNNING, RunState.QUEUED})
    if request.state == RunState.RUNNING:
        leasing.queue_again(request)
        ring(tasks.attend_next, queue=tasks.QUEUE)


@transaction.atomic
def reap() -> None:
    """End leases whose deadline passed; ring once for whatever is queued, for a doorbell may have been lost."""
    for request in _locked(skip=True).filter(state=RunState.RUNNING, leased_until__lt=timezone.now()):
        leasing.take_back(request)
    if AttentionRequest.objects.filter(state=RunState.QUEUED).exists() and current_policy().paused_at is None:
        ring(tasks.attend_next, queue=tasks.QUEUE)


def _locked(*, skip: bool = False) -> QuerySet[AttentionRequest]:
    requests = AttentionRequest.objects.select_related("repo__namespace")
    return requests.select_for_update(of=("self",), skip_locked=skip)


def _fitting(worker: Worker) -> QuerySet[AttentionRequest]:
    """Queued requests that fit the memory of `worker`."""
    queued, room = _locked(skip=True).filter(state=RunState.QUEUED), room_of(worker.hardware)
    return queued if room is None else queued.filter(Q(memory_bytes=None) | Q(memory_bytes__lte=room))


def _held(actor: Actor, request_id: UUID, attempt: int, states: set[RunState]) -> AttentionRequest:
    return leasing.held(_locked().filter(pk=request_id), actor, attempt, states)


def _layers(parts: Sequence[Mapping[str, Any]]) -> dict[str, list[bytes]]:
    """{part: its layers}. Raises `InvalidWeights`."""
    try:
        layers = {part["name"]: read_layers(part) for part in parts}
    except ValueError as error:
        raise InvalidWeights(str(error)) from error
    if len(layers) < len(parts) or sum(map(len, (layer for found in layers.values() for layer in found))) > MAX_BYTES:
        raise InvalidWeights(f"Each part comes once, and all weights together have at most {MAX_BYTES} bytes.")
    return layers
