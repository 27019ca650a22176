"""Shapes of runs for people and their programs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from models_app.evaluation.models import FailureClass, RunState, Verdict
from models_app.evaluation.queries import Standing
from models_app.evaluation.worker_serializers import ProgressSerializer, SuiteReference


class RunFilter(serializers.Serializer[Any]):
    """What a list of runs may be narrowed to."""

    repo = serializers.CharField(max_length=200, required=False, help_text="namespace/name")
    state = serializers.ChoiceField(RunState.choices, required=False)
    cursor = serializers.CharField(max_length=2000, required=False, help_text="From `next` of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class SuiteField(SuiteReference):
    name = serializers.CharField(source="suite")


class FailureSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(source="failure_reason", help_text="One sentence.")

    def get_fields(self) -> dict[str, Any]:
        # "class" is a Python keyword, so it cannot be declared as an attribute.
        choices = [("", "cancelled"), *FailureClass.choices]
        return {"class": serializers.ChoiceField(choices, source="failure_class"), **super().get_fields()}


class AgreementSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(Verdict.choices)
    differing_tasks = serializers.ListField(
        source="differing", child=serializers.CharField(), help_text="Where it differs from the closest other record."
    )


class RunSerializer(serializers.Serializer[Any]):
    """A run and where it stands (`queries.Standing`)."""

    id = serializers.IntegerField(source="run.pk")
    repo = serializers.CharField(source="run.repo.full_id")
    commit = serializers.CharField(source="run.commit_sha")
    suite = SuiteField(source="run.suite_version")
    precision = serializers.CharField(source="run.precision")
    state = serializers.ChoiceField(RunState.choices, source="run.state")
    attempt = serializers.IntegerField(source="run.attempt", help_text="How often a worker began it.")
    queued_at = serializers.DateTimeField(source="run.queued_at")
    started_at = serializers.DateTimeField(source="run.started_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="run.finished_at", allow_null=True)
    progress = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    repeats = serializers.IntegerField(source="run.repeat_of_id", allow_null=True, help_text="The run it repeats.")
    record = serializers.SerializerMethodField(help_text="SHA-256 of the record of a finished run.")
    agreement = serializers.SerializerMethodField(help_text="What other workers' records say about the record.")

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, standing: Standing) -> dict[str, Any] | None:
        return standing.run.progress or None

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, standing: Standing) -> dict[str, Any] | None:
        run = standing.run
        return FailureSerializer(run).data if run.failure_reason else None

    def get_record(self, standing: Standing) -> str | None:
        record = getattr(standing.run, "record", None)
        return None if record is None else record.sha256

    @extend_schema_field(AgreementSerializer(allow_null=True))
    def get_agreement(self, standing: Standing) -> dict[str, Any] | None:
        record = getattr(standing.run, "record", None)
        return None if record is None else AgreementSerializer(record).data


class RunDetailSerializer(RunSerializer):
    place = serializers.IntegerField(allow_null=True, help_text="Of a queued run: 1 is next.")
    expected_seconds = serializers.FloatField(
        allow_null=True, help_text="Until it is likely done, judged by past runs; null when there are none."
    )


class RunPageSerializer(serializers.Serializer[Any]):
    runs = RunSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
