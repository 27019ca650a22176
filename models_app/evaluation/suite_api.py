"""The API of suite versions. Everybody may read them."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_app.evaluation import queries, versions
from models_app.evaluation.api import actor_of
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suite_serializers import ActivateRequest, ActivationSerializer, SuiteListSerializer

_NO_SUCH_VERSION = OpenApiResponse(description="There is no such version.")
_FORBIDDEN = OpenApiResponse(description="The caller may not change suites.")


class SuitesView(APIView):
    @extend_schema(
        summary="Suite versions that this hub knows, and the log of what was active when and why",
        responses={200: SuiteListSerializer},
    )
    def get(self, _request: Request) -> Response:
        suites = {"versions": SuiteVersion.objects.order_by("suite", "version"), "activations": queries.activations()}
        return Response(SuiteListSerializer(suites).data)


class ActivateView(APIView):
    @extend_schema(
        summary="Make a suite version the active one, and have all models measured again under it",
        description="Safe to call again: the answer is the same line of the log.",
        request=ActivateRequest,
        responses={200: ActivationSerializer, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request, suite: str, version: int) -> Response:
        body = ActivateRequest(data=request.data)
        body.is_valid(raise_exception=True)
        row = queries.get_suite_version(suite, version)
        activation = versions.activate_suite(actor=actor_of(request), version=row, **body.validated_data)
        return Response(ActivationSerializer(activation).data)
