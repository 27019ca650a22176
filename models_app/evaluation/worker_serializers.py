"""Shapes and bounds of what workers send and get."""

from typing import Any

from rest_framework import serializers

from hub.core.jsondata import storable_text
from models_app.evaluation.leasing import LOG_TAIL
from models_app.evaluation.models import FailureClass


class Versions(serializers.DictField):
    """At most 64 library versions."""

    child = serializers.CharField(max_length=80)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        versions: dict[str, str] = super().to_internal_value(data)
        if len(versions) > 64 or any(len(name) > 80 for name in versions):  # noqa: PLR2004
            raise serializers.ValidationError("At most 64 versions with names of at most 80 characters are kept.")
        return versions


class LogTail(serializers.CharField):
    """The end of a log, as text that a database can hold: what a checkpoint prints may be anything."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, default="", **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, str):
            data = storable_text(data[-LOG_TAIL:])
        return str(super().run_validation(data))


class HardwareSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(max_length=80)
    cores = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    memory_bytes = serializers.IntegerField(min_value=0, max_value=2**53 - 1, required=False)
    run_memory_bytes = serializers.IntegerField(
        min_value=0, max_value=2**53 - 1, required=False, help_text="What it gives a run: no larger one is handed out."
    )
    texts_only = serializers.BooleanField(required=False, help_text="It takes texts of the attention view, no run.")
    gpu = serializers.CharField(max_length=120, allow_null=True, required=False)
    gpu_memory_bytes = serializers.IntegerField(min_value=0, max_value=2**53 - 1, allow_null=True, required=False)


class LeaseRequest(serializers.Serializer[Any]):
    worker = serializers.CharField(max_length=120)
    hardware = HardwareSerializer()
    versions = Versions()


class SuiteReference(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.IntegerField()
    sha256 = serializers.CharField()


class LeaseAnswer(serializers.Serializer[Any]):
    run = serializers.IntegerField()
    attempt = serializers.IntegerField()
    repo = serializers.CharField()
    kind = serializers.CharField()
    commit = serializers.CharField()
    suite = SuiteReference()
    precision = serializers.CharField()
    token = serializers.CharField(help_text="Reads this repository, and no private one besides, while the run lasts.")
    lease_seconds = serializers.IntegerField(help_text="Send a heartbeat well within this time.")
    run_seconds = serializers.IntegerField(help_text="The run has to be over by then.")


class ProgressSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField(max_length=40)
    task = serializers.CharField(max_length=80, allow_blank=True, default="")
    done = serializers.IntegerField(min_value=0, max_value=2**53 - 1, default=0)
    total = serializers.IntegerField(min_value=0, max_value=2**53 - 1, default=0)


class HeartbeatRequest(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    progress = ProgressSerializer()
    log_tail = LogTail()


class HeartbeatAnswer(serializers.Serializer[Any]):
    cancel = serializers.BooleanField(help_text="True: stop, nobody wants the result any more.")


class GiveBackRequest(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class FinishRequest(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    record = serializers.JSONField(help_text="See record.schema.json.")


class FinishAnswer(serializers.Serializer[Any]):
    record = serializers.CharField(help_text="SHA-256 of the record's canonical JSON.")


class FailRequest(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    reason = serializers.CharField(max_length=1000, help_text="One sentence for the owner of the repository.")
    log_tail = LogTail()

    def get_fields(self) -> dict[str, Any]:
        # "class" is a Python keyword, so it cannot be declared as an attribute.
        return {**super().get_fields(), "class": serializers.ChoiceField(FailureClass.choices)}
