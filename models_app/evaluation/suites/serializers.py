"""Shapes of suite versions."""

import json
from typing import Any

from rest_framework import serializers

from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.serializers import SuiteField
from models_app.evaluation.suites.proposals import MAX_PREVIEWS


class VersionSerializer(SuiteField):
    active = serializers.BooleanField()
    activated_at = serializers.DateTimeField(allow_null=True, help_text="First; null: only proposed.")


class VersionDetailSerializer(VersionSerializer):
    proposed_by = serializers.CharField(source="proposed_by.username", allow_null=True, default=None)
    note = serializers.CharField()
    files = serializers.DictField(child=serializers.CharField(), help_text="Path → SHA-256.")
    definition = serializers.SerializerMethodField(help_text="suite.yaml as JSON.")

    def get_definition(self, version: SuiteVersion) -> dict[str, Any]:
        definition: dict[str, Any] = json.loads(version.definition)
        return definition


class DeriveRequest(serializers.Serializer[Any]):
    changes = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=100)
    note = serializers.CharField(max_length=500, help_text="Why.")


class PinRequest(serializers.Serializer[Any]):
    tasks = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=100, help_text="Only these; none: all."
    )
    rows = serializers.IntegerField(
        min_value=1, max_value=20_000, allow_null=True, default=None, help_text="At most so many of each task."
    )
    namespace = serializers.CharField(
        max_length=96, default="", allow_blank=True, help_text="Where the datasets are, if not where it looks for them."
    )
    note = serializers.CharField(max_length=500, help_text="Why.")


class TemplateDataSerializer(serializers.Serializer[Any]):
    repo = serializers.CharField(help_text="The dataset repository that is looked for.")
    files = serializers.ListField(child=serializers.CharField(), help_text="The first pattern that finds files counts.")
    columns = serializers.ListField(child=serializers.CharField(), help_text="That the files have to have.")
    licence = serializers.CharField(help_text="By which the authors gave the data away.")


class TemplateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    tasks = serializers.DictField(child=TemplateDataSerializer())


class TemplateListSerializer(serializers.Serializer[Any]):
    templates = TemplateSerializer(many=True)


class ProposeRequest(serializers.Serializer[Any]):
    repo = serializers.CharField(max_length=200, help_text="A dataset repository: namespace/name.")
    folder = serializers.CharField(max_length=500, allow_blank=True, default="", help_text="That holds suite.yaml.")
    note = serializers.CharField(max_length=500, help_text="Why.")


class PreviewRequest(serializers.Serializer[Any]):
    repos = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=MAX_PREVIEWS)


class PreviewAnswer(serializers.Serializer[Any]):
    models = serializers.IntegerField(help_text="How many of them have checkpoints.")


class ActivateRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, help_text="A sentence for the log that everybody reads.")
    link = serializers.CharField(
        max_length=300, default="", allow_blank=True, help_text="A page of this hub that says more."
    )


class ActivationSerializer(serializers.Serializer[Any]):
    suite = SuiteField(source="suite_version")
    activated_at = serializers.DateTimeField()
    by = serializers.CharField(source="activated_by.username", allow_null=True, default=None)
    reason = serializers.CharField()
    link = serializers.CharField()
    reruns_expected = serializers.IntegerField(help_text="Models that had results then, and none of this version.")
    reruns_queued = serializers.IntegerField()


class SuiteListSerializer(serializers.Serializer[Any]):
    versions = VersionSerializer(many=True)
    activations = ActivationSerializer(many=True)
