"""Shapes and bounds of what those who compute attention send and get."""

from typing import Any

from rest_framework import serializers

from hub.core.jsondata import storable_text
from models_app.evaluation.attention.rules import MAX_TOKENS, PARTS
from models_app.evaluation.worker_serializers import LeaseRequest


class Label(serializers.CharField):
    """The text of a token, which may be anything."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, max_length=64, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        return str(super().run_validation(storable_text(data) if isinstance(data, str) else data))


class _Tokens(serializers.ListField):
    child = Label()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=MAX_TOKENS, **kwargs)


class PartSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(PARTS)
    rows = _Tokens(help_text="Tokens that look.")
    columns = _Tokens(help_text="Tokens that are looked at.")
    causal = serializers.BooleanField(help_text="Row i sees the columns up to i alone.")
    heads = serializers.IntegerField(min_value=1, max_value=2**16)


class WeightsSerializer(PartSerializer):
    layers = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False),
        min_length=1,
        max_length=1000,
        help_text="Of each layer its weights (heads, rows, columns) as base64 of little-endian float16.",
    )


class ResultSerializer(serializers.Serializer[Any]):
    family = serializers.CharField(max_length=20)
    read = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text="Tokens of the whole text.")
    read_target = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True)
    parts = serializers.ListField(child=WeightsSerializer(), min_length=1, max_length=3)


class AttentionLeaseRequest(LeaseRequest):
    examples = serializers.BooleanField(default=True, help_text="False: only what members wait for.")


class AttentionFinishRequest(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    result = ResultSerializer()


class AttentionLeaseAnswer(serializers.Serializer[Any]):
    request = serializers.UUIDField()
    attempt = serializers.IntegerField()
    repo = serializers.CharField()
    kind = serializers.CharField()
    commit = serializers.CharField()
    text = serializers.CharField()
    target = serializers.CharField(help_text="Of an encoder–decoder; blank: what it writes itself.")
    token = serializers.CharField(help_text="Reads this repository, and no private one besides, while the work lasts.")
    lease_seconds = serializers.IntegerField(help_text="Send a heartbeat well within this time.")
    run_seconds = serializers.IntegerField(help_text="It has to be over by then.")
