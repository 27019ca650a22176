"""The public API of records: their bytes, tables of them, and models side by side.

What an actor may not see is 404, as if it were not there.
"""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from hub.core.api import checked
from models_app.evaluation import queries
from models_app.evaluation.records.comparisons import comparison, split_names
from models_app.evaluation.records.exports import CSV_TYPE, scores_csv
from models_app.evaluation.records.history import history
from models_app.evaluation.records.serializers import (
    ComparisonParameters,
    ComparisonSerializer,
    HistoryParameters,
    SeriesSerializer,
)
from models_app.evaluation.records.signatures import key_set
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_HIDDEN = OpenApiResponse(description="Missing, or hidden from the caller.")


class RecordView(APIView):
    @extend_schema(
        summary="A record, by the SHA-256 of its bytes",
        description="The answer is the record's canonical JSON (RFC 8785): its bytes hash to the address.",
        responses={200: OpenApiTypes.OBJECT, 404: _HIDDEN},
    )
    def get(self, request: Request, sha256: str) -> HttpResponse:
        record = queries.get_record(actor_of(request), sha256)
        # Not through a renderer, which would write other bytes.
        return HttpResponse(record.payload.encode(), content_type="application/json")


class RecordTableView(APIView):
    @extend_schema(
        summary="A record's scores as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR, 404: _HIDDEN},
    )
    def get(self, request: Request, sha256: str) -> HttpResponse:
        record = queries.get_record(actor_of(request), sha256)
        named = {"Content-Disposition": f'attachment; filename="{record.run.repo.name}-{sha256[:12]}.csv"'}
        return HttpResponse(scores_csv(record), content_type=CSV_TYPE, headers=named)


class HistoryView(APIView):
    @extend_schema(
        summary="A model's overall scores by commit, under each suite version",
        parameters=[HistoryParameters],
        responses={200: SeriesSerializer(many=True), 404: _HIDDEN},
    )
    def get(self, request: Request) -> Response:
        wanted = checked(HistoryParameters, request.query_params)
        repo = get_repo(actor_of(request), RepoKind.MODEL, wanted["repo"])
        return Response(SeriesSerializer(history(repo), many=True).data)


class SignatureView(APIView):
    @extend_schema(
        summary="The hub's signature of a record",
        description="A compact JWS (EdDSA) whose claim `record` is the record's SHA-256. Keys: /.well-known/jwks.json",
        responses={(200, "application/jose"): OpenApiTypes.STR, 404: _HIDDEN},
    )
    def get(self, request: Request, sha256: str) -> HttpResponse:
        record = queries.get_record(actor_of(request), sha256)
        return HttpResponse(record.signature, content_type="application/jose")


class KeySetView(APIView):
    @extend_schema(summary="The public keys of records' signatures (JWK set)", responses={200: OpenApiTypes.OBJECT})
    def get(self, _request: Request) -> Response:
        return Response(key_set())


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
