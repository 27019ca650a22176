"""What votes decided about licences, for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.api import ActorView
from models_app.licences.models import LicenceDecision
from models_app.licences.queries import decisions


class LicenceDecisionSerializer(serializers.ModelSerializer[LicenceDecision]):
    accepted = serializers.BooleanField(help_text="Whether new uploads may name it.")
    vote = serializers.IntegerField(source="proposal_id", help_text="The number of the proposal that decided it.")

    class Meta:
        model = LicenceDecision
        fields = ["licence", "accepted", "vote", "decided_at"]


class LicencesView(ActorView):
    @extend_schema(
        operation_id="licence_decisions", responses=LicenceDecisionSerializer(many=True), tags=["governance"]
    )
    def get(self, _request: Request) -> Response:
        """Licences that votes retired or took back in; all others are accepted."""
        return Response(LicenceDecisionSerializer(decisions(), many=True).data)
