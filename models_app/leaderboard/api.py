"""The leaderboard for programs."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from models_app.evaluation.records.exports import CSV_TYPE
from models_app.leaderboard.errors import NoActiveSuite
from models_app.leaderboard.exports import board_csv
from models_app.leaderboard.queries import ROWS, TABLE_ROWS, Board, leaderboard
from models_app.leaderboard.serializers import BoardSerializer, LeaderboardParameters


class LeaderboardView(APIView):
    @extend_schema(
        summary="Models ranked by the active suite",
        parameters=[LeaderboardParameters],
        responses={
            200: BoardSerializer,
            400: OpenApiResponse(description="A filter has no such value."),
            404: OpenApiResponse(description="No suite is active."),
        },
    )
    def get(self, request: Request) -> Response:
        return Response(BoardSerializer(_board(request, ROWS)).data)


class LeaderboardTableView(APIView):
    @extend_schema(
        summary="The leaderboard as CSV, 1,000 models a page",
        parameters=[LeaderboardParameters],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            400: OpenApiResponse(description="A filter has no such value."),
            404: OpenApiResponse(description="No suite is active."),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        board = _board(request, TABLE_ROWS)
        named = {"Content-Disposition": f'attachment; filename="{board.suite_version.key.replace("/", "-")}.csv"'}
        return HttpResponse(board_csv(board), content_type=CSV_TYPE, headers=named)


def _board(request: Request, rows: int) -> Board:
    board = leaderboard(actor_of(request), request.query_params, rows=rows)
    if board is None:
        raise NoActiveSuite
    if not board.filters.is_valid():
        raise ValidationError(board.filters.errors)
    return board
