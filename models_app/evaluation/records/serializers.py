"""Shapes of records and of what is worked out of them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from models_app.evaluation.models import Verdict
from models_app.evaluation.records.comparisons import Comparison, TaskContrast
from models_app.evaluation.records.pairing import Method
from models_app.evaluation.rules import OVERALL
from models_app.evaluation.serializers import SuiteField


class HistoryParameters(serializers.Serializer[Any]):
    repo = serializers.CharField(max_length=200, help_text="namespace/name")


class PointSerializer(serializers.Serializer[Any]):
    commit = serializers.CharField()
    record = serializers.CharField()
    finished_at = serializers.DateTimeField()
    value = serializers.FloatField(help_text="The overall score: 0 is chance, 1 the best.")
    stderr = serializers.FloatField(allow_null=True)
    verdict = serializers.ChoiceField(Verdict.choices)


class SeriesSerializer(serializers.Serializer[Any]):
    """Results under one suite version, oldest commit first. Scores of two versions are of different tasks."""

    suite = SuiteField(source="suite_version")
    points = PointSerializer(many=True)


class ComparisonParameters(serializers.Serializer[Any]):
    models = serializers.CharField(help_text="Two to four, as in `alice/small,bob/large`; or the parameter repeated.")


class ComparedModelSerializer(serializers.Serializer[Any]):
    repo = serializers.CharField(source="repo.full_id")
    commit = serializers.CharField(source="record.run.commit_sha")
    record = serializers.CharField(source="record.sha256")
    verdict = serializers.ChoiceField(Verdict.choices, source="record.verdict")
    family = serializers.CharField(source="record.family")
    parameters = serializers.IntegerField(source="record.parameter_count")
    licence = serializers.CharField(source="repo.licence")
    bytes = serializers.IntegerField(source="repo.used_bytes", help_text="Of all its files.")
    architecture = serializers.DictField(source="document.architecture")


class ContrastSerializer(serializers.Serializer[Any]):
    """The second model's value minus the first's, in units of the metric."""

    task = serializers.SerializerMethodField()
    metric = serializers.CharField(source="first.metric")
    higher_is_better = serializers.BooleanField(source="first.higher_is_better")
    first = serializers.FloatField(source="first.value")
    second = serializers.FloatField(source="second.value")
    difference = serializers.FloatField(source="contrast.difference", help_text="Of chrF: of the items' mean chrF.")
    stderr = serializers.FloatField(source="contrast.stderr", allow_null=True)
    test = serializers.ChoiceField([method.value for method in Method], source="contrast.method")
    p = serializers.FloatField(source="contrast.p", allow_null=True)
    p_corrected = serializers.FloatField(source="p", allow_null=True, help_text="By Holm, over the tasks.")

    def get_task(self, row: TaskContrast) -> str:
        return OVERALL if row.task is None else row.task.name


class PairSerializer(serializers.Serializer[Any]):
    repo = serializers.CharField(source="model.repo.full_id")
    tasks = ContrastSerializer(many=True)
    overall = ContrastSerializer(allow_null=True, help_text="Null where the families differ.")


class ComparisonSerializer(serializers.Serializer[Any]):
    suite = SuiteField(source="suite_version")
    models = ComparedModelSerializer(many=True)
    against_the_first = PairSerializer(source="pairs", many=True)
    samples = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=serializers.DictField(child=serializers.ListField())))
    def get_samples(self, found: Comparison) -> dict[str, dict[str, list[str | None]]]:
        """Prompt → strategy → the models' texts, in their order."""
        return {
            prompt.key: {
                strategy: [None if sample is None else sample.text for _model, sample in row]
                for strategy, row in prompt.rows
            }
            for prompt in found.prompts
        }
