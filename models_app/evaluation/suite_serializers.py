"""Shapes of suite versions."""

from typing import Any

from rest_framework import serializers

from models_app.evaluation.serializers import SuiteField


class VersionSerializer(SuiteField):
    active = serializers.BooleanField()
    activated_at = serializers.DateTimeField(allow_null=True, help_text="First; null: only proposed.")


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
