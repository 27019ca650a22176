from typing import Any

from rest_framework import serializers

from models_app.evaluation.models import Verdict
from models_app.evaluation.worker_serializers import SuiteReference


class LeaderboardParameters(serializers.Serializer[Any]):
    """The parameters of the page, which the API takes as they are."""

    q = serializers.CharField(required=False, help_text="Words of the model's name.")
    licence = serializers.CharField(required=False)
    family = serializers.CharField(required=False)
    min_parameters = serializers.CharField(required=False, help_text="Such as 350M.")
    max_parameters = serializers.CharField(required=False, help_text="Such as 1.5B.")
    tasks = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Columns; when left out those that the suite features, or all.",
    )
    sort = serializers.CharField(
        required=False, help_text="overall, parameters, name or a task; with - in front the other way round."
    )
    page = serializers.IntegerField(min_value=1, required=False)
    suite = serializers.CharField(
        required=False, help_text="A version that is or was active, such as standard/1; else the active one."
    )


class ColumnSerializer(serializers.Serializer[Any]):
    task = serializers.CharField(source="name")
    metric = serializers.CharField(source="primary")
    weight = serializers.FloatField()
    chance = serializers.FloatField(help_text="Counts 0 in the overall score.")
    best = serializers.FloatField(help_text="Counts 1 in the overall score.")


class EstimateSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField()
    stderr = serializers.FloatField(allow_null=True)


class RankRangeSerializer(serializers.Serializer[Any]):
    """At 95 %: behind all that are surely better, before all that are surely worse."""

    best = serializers.IntegerField()
    worst = serializers.IntegerField()


class RowSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(help_text="By value alone.")
    ranks = RankRangeSerializer(allow_null=True)
    repo = serializers.CharField(source="record.run.repo.full_id")
    commit = serializers.CharField(source="record.run.commit_sha")
    record = serializers.CharField(source="record.sha256")
    licence = serializers.CharField(source="record.run.repo.licence")
    family = serializers.CharField(source="record.family")
    parameters = serializers.IntegerField(source="record.parameter_count")
    verdict = serializers.ChoiceField(Verdict.choices, source="record.verdict")
    overall = EstimateSerializer(source="overall.score")
    scores = serializers.SerializerMethodField()

    def get_scores(self, row: Any) -> dict[str, dict[str, float | None]]:
        """Task → its primary metric."""
        scores = [cell.score for cell in row.cells if cell is not None]
        return {score.task: {"value": score.value, "stderr": score.stderr} for score in scores}


class SuiteColumn(SuiteReference):
    name = serializers.CharField(source="suite")


class BoardSerializer(serializers.Serializer[Any]):
    suite = SuiteColumn(source="suite_version")
    columns = ColumnSerializer(source="tasks", many=True)
    rows = RowSerializer(many=True)
    count = serializers.IntegerField(source="page.paginator.count")
    pages = serializers.IntegerField(source="page.paginator.num_pages")
