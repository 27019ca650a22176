"""Which texts an actor may see, and their weights."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from community.members.actors import Actor
from models_app.evaluation.attention.errors import AttentionDeleted, AttentionNotFound
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import EXAMPLE, Part, head_of, key_of, parts_of
from models_app.evaluation.models import RunState
from models_app.evaluation.policy import current_policy
from models_app.repos.models import Repo
from models_app.repos.queries import check_content, visible_repos

OWN_SHOWN = 10


@dataclass(frozen=True)
class Place:
    """Where a queued text stands; `place` 1 is next. While the queue is `paused`, nothing is begun."""

    request: AttentionRequest
    place: int | None
    paused: bool = False

    @property
    def live(self) -> bool:
        """Whether it will still change by itself."""
        return self.request.state in {RunState.QUEUED, RunState.RUNNING}


def get_request(actor: Actor, request_id: UUID) -> AttentionRequest:
    """A text of a repo whose files `actor` may have: weights show what is in them.

    Whoever has its address sees it. Raises `AttentionNotFound`, the same for missing and hidden ones, or `GatedRepo`.
    """
    requests = AttentionRequest.objects.select_related("repo__namespace")
    request = requests.filter(pk=request_id, repo__in=visible_repos(actor).values("pk")).first()
    if request is None:
        raise AttentionNotFound
    check_content(actor, request.repo)
    return request


def place_of(request: AttentionRequest) -> Place:
    """Two small queries for a queued text, none for others. What members wait for goes before examples."""
    if request.state != RunState.QUEUED:
        return Place(request, None)
    earlier, of_members = Q(queued_at__lt=request.queued_at), Q(requested_by__isnull=False)
    before = of_members | earlier if request.requested_by_id is None else of_members & earlier
    queued = AttentionRequest.objects.filter(before, state=RunState.QUEUED)
    return Place(request, queued.count() + 1, paused=current_policy().paused_at is not None)


def example_of(repo: Repo) -> AttentionRequest | None:
    """The example at the head of `repo`, whose files the caller may have."""
    examples = AttentionRequest.objects.select_related("repo__namespace")
    return examples.filter(repo=repo, commit_sha=repo.head_sha, key=key_of(EXAMPLE, "")).first()


def own_requests(actor: Actor, repo: Repo) -> list[AttentionRequest]:
    """The newest texts that `actor` asked for at the head of `repo`: nobody else is told of them."""
    if actor.user is None:
        return []
    own = AttentionRequest.objects.filter(repo=repo, commit_sha=repo.head_sha, requested_by=actor.user)
    return list(own.order_by("-queued_at")[:OWN_SHOWN])


def part_of(request: AttentionRequest, name: str) -> Part:
    """Raises `AttentionDeleted`, or `AttentionNotFound` where the model has no such part."""
    parts = parts_of(request.found)
    if not parts:
        raise AttentionDeleted
    part = next((part for part in parts if part.name == name), None)
    if part is None:
        raise AttentionNotFound
    return part


def layers_of(request: AttentionRequest, part: Part) -> list[bytes]:
    """The weights of `part`, layer by layer. Raises `AttentionDeleted` where they went meanwhile."""
    rows = AttentionLayer.objects.filter(request=request, part=part.name).order_by("layer")
    layers = [bytes(weights) for weights in rows.values_list("weights", flat=True)]
    if len(layers) != part.layers:
        raise AttentionDeleted
    return layers


def head_weights(request: AttentionRequest, part: Part, layer: int, head: int) -> bytes:
    """The weights of one head. Raises `AttentionNotFound` where there is none, `AttentionDeleted`."""
    if not (0 <= layer < part.layers and 0 <= head < part.heads):
        raise AttentionNotFound
    row = AttentionLayer.objects.filter(request=request, part=part.name, layer=layer).first()
    if row is None:
        raise AttentionDeleted
    return head_of(bytes(row.weights), part, head)
