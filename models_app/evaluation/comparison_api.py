"""Models side by side, for programs."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_app.evaluation.api import actor_of
from models_app.evaluation.comparisons import Comparison, TaskContrast, comparison, split_names
from models_app.evaluation.models import Verdict
from models_app.evaluation.pairing import Method
from models_app.evaluation.rules import OVERALL
from models_app.evaluation.worker_serializers import SuiteReference


class ComparisonParameters(serializers.Serializer[Any]):
    models = serializers.CharField(help_text="Two to four, as in `alice/small,bob/large`; or the parameter repeated.")


class _Suite(SuiteReference):
    name = serializers.CharField(source="suite")


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
    suite = _Suite(source="suite_version")
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


class ComparisonView(APIView):
    @extend_schema(
        summary="Two to four models side by side, with paired tests",
        parameters=[ComparisonParameters],
        responses={
            200: ComparisonSerializer,
            400: OpenApiResponse(description="Too few or too many models."),
            404: OpenApiResponse(description="A model is missing, or hidden from the caller."),
            422: OpenApiResponse(description="The models were not measured under the same suite version."),
        },
    )
    def get(self, request: Request) -> Response:
        found = comparison(actor_of(request), split_names(request.query_params.getlist("models")))
        return Response(ComparisonSerializer(found).data)
