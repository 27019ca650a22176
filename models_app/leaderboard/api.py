"""The leaderboard for programs."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_app.evaluation.api import actor_of
from models_app.leaderboard.errors import NoActiveSuite
from models_app.leaderboard.queries import leaderboard
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
        board = leaderboard(actor_of(request), request.query_params)
        if board is None:
            raise NoActiveSuite
        if not board.filters.is_valid():
            raise ValidationError(board.filters.errors)
        return Response(BoardSerializer(board).data)
