"""Shapes of texts and their attention for people and their programs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from models_app.evaluation.attention.models import AttentionRequest
from models_app.evaluation.attention.rules import MAX_CHARACTERS
from models_app.evaluation.attention.worker_serializers import PartSerializer
from models_app.evaluation.models import RunState
from models_app.evaluation.serializers import FailureSerializer


class AskSerializer(serializers.Serializer[Any]):
    """Longer texts than `MAX_CHARACTERS` are refused by a sentence; this only bounds what is read."""

    repo = serializers.CharField(max_length=200, help_text="namespace/name")
    text = serializers.CharField(max_length=10 * MAX_CHARACTERS)
    target = serializers.CharField(
        max_length=10 * MAX_CHARACTERS,
        allow_blank=True,
        default="",
        help_text="Of an encoder–decoder; blank: what it writes itself.",
    )


class ShownPartSerializer(PartSerializer):
    layers = serializers.IntegerField()


class AttentionSerializer(serializers.Serializer[Any]):
    """A text and what became of it."""

    id = serializers.UUIDField(source="pk")
    repo = serializers.CharField(source="repo.full_id")
    commit = serializers.CharField(source="commit_sha")
    text = serializers.CharField()
    target = serializers.CharField()
    state = serializers.ChoiceField(RunState.choices)
    queued_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.SerializerMethodField()
    family = serializers.SerializerMethodField(help_text="Null until the weights are there, and once they are deleted.")
    read = serializers.SerializerMethodField(help_text="Tokens of the whole text, of which the first are shown.")
    parts = serializers.SerializerMethodField(help_text="Empty until the weights are there, and once they are deleted.")

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, request: AttentionRequest) -> dict[str, Any] | None:
        return FailureSerializer(request).data if request.failure_reason else None

    def get_family(self, request: AttentionRequest) -> str | None:
        family: str | None = request.found.get("family")
        return family

    def get_read(self, request: AttentionRequest) -> int | None:
        read: int | None = request.found.get("read")
        return read

    @extend_schema_field(ShownPartSerializer(many=True))
    def get_parts(self, request: AttentionRequest) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = request.found.get("parts", [])
        return parts


class HeadSerializer(serializers.Serializer[Any]):
    rows = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField())
    weights = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
