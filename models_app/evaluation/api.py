"""The public API of runs. What an actor may not see is 404, as if it were not there."""

from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from hub.core.api import checked
from hub.core.pagination import page
from hub.core.paths import public_url
from models_app.evaluation import queries, services
from models_app.evaluation.models import Run
from models_app.evaluation.queries import Standing
from models_app.evaluation.serializers import (
    RunDetailSerializer,
    RunFilter,
    RunPageSerializer,
    RunSerializer,
)
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_HIDDEN = OpenApiResponse(description="Missing, or hidden from the caller.")

_REFUSED = {
    403: OpenApiResponse(description="The caller may not write to the repository."),
    404: _HIDDEN,
    409: OpenApiResponse(description="Not in this state."),
}


def _answer(run: Run) -> Response:
    return Response(RunDetailSerializer(queries.standing(run)).data)


class RunsView(APIView):
    @extend_schema(
        operation_id="evaluation_runs_list",
        summary="List evaluation runs, newest first",
        parameters=[RunFilter],
        responses={200: RunPageSerializer},
    )
    def get(self, request: Request) -> Response:
        narrowed = checked(RunFilter, request.query_params)
        limit, cursor = narrowed.pop("limit"), narrowed.pop("cursor", None)
        actor = actor_of(request)
        runs = queries.visible_runs(actor)
        if "repo" in narrowed:
            runs = runs.filter(repo=get_repo(actor, RepoKind.MODEL, narrowed["repo"]))
        if "state" in narrowed:
            runs = runs.filter(state=narrowed["state"])
        rows, following = page(runs, ["-pk"], cursor, limit)
        link = {**narrowed, "limit": limit, "cursor": following}
        return Response(
            {
                "runs": RunSerializer([Standing(run) for run in rows], many=True).data,
                "next": public_url(f"/api/evaluation/runs?{urlencode(link)}") if following else None,
            }
        )


class RunView(APIView):
    @extend_schema(
        summary="One run: its state, place in the queue, progress, failure or record",
        responses={200: RunDetailSerializer, 404: _HIDDEN},
    )
    def get(self, request: Request, run_id: int) -> Response:
        return _answer(queries.get_run(actor_of(request), run_id))


class RetryView(APIView):
    @extend_schema(
        summary="Queue a failed or cancelled run again",
        request=None,
        responses={200: RunDetailSerializer, **_REFUSED},
    )
    def post(self, request: Request, run_id: int) -> Response:
        actor = actor_of(request)
        return _answer(services.retry(actor=actor, run=queries.get_run(actor, run_id)))


class CancelView(APIView):
    @extend_schema(
        summary="Take a run out of the queue, or stop it",
        request=None,
        responses={200: RunDetailSerializer, **_REFUSED},
    )
    def post(self, request: Request, run_id: int) -> Response:
        actor = actor_of(request)
        return _answer(services.cancel(actor=actor, run=queries.get_run(actor, run_id)))


class RepeatView(APIView):
    @extend_schema(
        summary="Have a finished run repeated by another worker",
        description="Answers the repetition, a run of its own. Its record says whether both workers agree.",
        request=None,
        responses={201: RunDetailSerializer, **_REFUSED},
    )
    def post(self, request: Request, run_id: int) -> Response:
        actor = actor_of(request)
        repetition = services.repeat(actor=actor, run=queries.get_run(actor, run_id))
        return Response(RunDetailSerializer(queries.standing(repetition)).data, status=status.HTTP_201_CREATED)
