"""The architecture of a model for programs."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from models_app.architectures.rules import architecture
from models_app.evaluation.errors import ArchitectureUnknown
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_SIZE: dict[str, Any] = {"allow_null": True}  # null: not known


class LayersSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(["encoder", "decoder"])
    attention = serializers.ListField(
        child=serializers.ChoiceField(["bidirectional", "causal", "permutation", "cross"])
    )
    count = serializers.IntegerField(**_SIZE)
    heads = serializers.IntegerField(**_SIZE)
    kv_heads = serializers.IntegerField(**_SIZE)
    head_size = serializers.IntegerField(**_SIZE)
    feed_forward = serializers.IntegerField(**_SIZE)


class ArchitectureSerializer(serializers.Serializer[Any]):
    """A size that is null is not known: the config does not say it, or the weights contradict it."""

    model_type = serializers.CharField()
    stack = serializers.ChoiceField(["encoder", "decoder", "both"])
    parts = LayersSerializer(many=True)
    hidden_size = serializers.IntegerField(**_SIZE)
    vocabulary = serializers.IntegerField(**_SIZE)
    # Declared fields do not become attributes, so the serializer's own `context` stays.
    context = serializers.IntegerField(**_SIZE, help_text="In tokens.")  # type: ignore[assignment]
    has_no_end = serializers.BooleanField(help_text="Positions are relative: nothing in the weights ends the context.")
    positions = serializers.ChoiceField(["absolute", "relative", "rotary", "alibi"])
    activation = serializers.CharField(allow_null=True)
    gated = serializers.BooleanField(help_text="The feed-forward block multiplies two projections.")
    tied = serializers.BooleanField(help_text="Input and output embeddings are one table.")
    shared_layers = serializers.BooleanField(help_text="All layers are the same tensors.")
    window = serializers.IntegerField(**_SIZE, help_text="Of sliding-window attention, in tokens.")
    norm = serializers.CharField()
    order = serializers.ChoiceField(["before", "after", "parallel"], help_text="Where a layer normalizes.")
    checked = serializers.BooleanField(help_text="Sizes were compared with the headers of the weights.")
    parameters = serializers.DictField(child=serializers.IntegerField(), help_text="By dtype.")


class ArchitectureView(APIView):
    @extend_schema(
        summary="What a model is built like, from its config.json and its safetensors headers",
        responses={
            200: ArchitectureSerializer,
            404: OpenApiResponse(
                description="No such model, hidden from the caller, or an architecture not known here."
            ),
        },
    )
    def get(self, request: Request, namespace: str, name: str) -> Response:
        repo = get_repo(actor_of(request), RepoKind.MODEL, f"{namespace}/{name}")
        found = architecture(repo.config, repo.outline)
        if found is None:
            raise ArchitectureUnknown
        return Response(ArchitectureSerializer(asdict(found) | {"parameters": repo.parameters}).data)
