"""The public API of attention. What an actor may not see is 404, as if it were not there."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from hub.core.api import checked
from models_app.evaluation.attention import queries, services
from models_app.evaluation.attention.rules import matrix_of, npy
from models_app.evaluation.attention.serializers import AskSerializer, AttentionSerializer, HeadSerializer
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_HIDDEN = OpenApiResponse(description="Missing, deleted, or hidden from the caller.")


class AskView(APIView):
    @extend_schema(
        summary="Have the attention to a text computed",
        description="The same text at the same commit is computed once: the answer is then what is known already.",
        request=AskSerializer,
        responses={
            200: AttentionSerializer,
            404: _HIDDEN,
            422: OpenApiResponse(description="The model has no attention that could be shown."),
            429: OpenApiResponse(description="The caller has asked for as much as may be asked for now."),
        },
    )
    def post(self, request: Request) -> Response:
        body, actor = checked(AskSerializer, request.data), actor_of(request)
        repo = get_repo(actor, RepoKind.MODEL, body.pop("repo"))
        return Response(AttentionSerializer(services.ask(actor=actor, repo=repo, **body)).data)


class AttentionView(APIView):
    @extend_schema(
        summary="A text: its state, and its tokens once the weights are there",
        responses={200: AttentionSerializer, 404: _HIDDEN},
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        return Response(AttentionSerializer(queries.get_request(actor_of(request), request_id)).data)


class HeadView(APIView):
    @extend_schema(
        operation_id="api_evaluation_attention_head_retrieve",
        summary="The weights of one head",
        description="Layers and heads are counted from 0. `weights[i][j]` is how much row i looks at column j.",
        responses={200: HeadSerializer, 404: _HIDDEN},
    )
    def get(self, request: Request, request_id: UUID, part: str, layer: int, head: int) -> Response:
        found = queries.get_request(actor_of(request), request_id)
        shown = queries.part_of(found, part)
        weights = matrix_of(queries.head_weights(found, shown, layer, head), shown)
        return Response({"rows": shown.rows, "columns": shown.columns, "weights": weights})


class ArrayView(APIView):
    @extend_schema(
        summary="All weights of a part as a file for numpy.load",
        description="float16, (layers, heads, rows, columns).",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: _HIDDEN},
    )
    def get(self, request: Request, request_id: UUID, part: str) -> HttpResponse:
        found = queries.get_request(actor_of(request), request_id)
        shown = queries.part_of(found, part)
        named = {"Content-Disposition": f'attachment; filename="{found.repo.name}-{shown.name}.npy"'}
        content = npy(shown, queries.layers_of(found, shown))
        return HttpResponse(content, content_type="application/octet-stream", headers=named)
