"""The API of those who compute attention: as that of runs (`evaluation.worker_api`), for texts."""

from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.auth import CAPABILITY_PREFIX
from hub.core.api import BoundedJSONParser, checked
from models_app.evaluation import leasing
from models_app.evaluation.attention import leases
from models_app.evaluation.attention.rules import MAX_BYTES
from models_app.evaluation.attention.worker_serializers import (
    AttentionFinishRequest,
    AttentionLeaseAnswer,
    AttentionLeaseRequest,
)
from models_app.evaluation.worker_api import LOST, NO_WORKER, WorkerView
from models_app.evaluation.worker_serializers import (
    FailRequest,
    GiveBackRequest,
    HeartbeatAnswer,
    HeartbeatRequest,
)


class WeightsParser(BoundedJSONParser):
    """Room for all weights in base64, and for the tokens."""

    max_bytes = MAX_BYTES * 4 // 3 + 2**20


class LeaseView(WorkerView):
    @extend_schema(
        summary="Take the next text",
        request=AttentionLeaseRequest,
        responses={200: AttentionLeaseAnswer, 204: OpenApiResponse(description="Nothing to do."), 403: NO_WORKER},
    )
    def post(self, request: Request) -> Response:
        body = checked(AttentionLeaseRequest, request.data)
        found = leases.lease(actor=self.actor, worker_name=body.pop("worker"), **body)
        if found is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(
            {
                "request": str(found.pk),
                "attempt": found.attempt,
                "repo": found.repo.full_id,
                "kind": found.repo.kind,
                "commit": found.commit_sha,
                "text": found.text,
                "target": found.target,
                "token": CAPABILITY_PREFIX + leasing.capability_for(found, found.repo),
                "lease_seconds": settings.EVALUATION_LEASE_SECONDS,
                "run_seconds": found.limit_seconds,
            }
        )


class HeartbeatView(WorkerView):
    @extend_schema(
        summary="Renew the lease of a text and show progress",
        request=HeartbeatRequest,
        responses={200: HeartbeatAnswer, 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        body = checked(HeartbeatRequest, request.data)
        return Response({"cancel": leases.heartbeat(actor=self.actor, request_id=request_id, **body)})


class FinishView(WorkerView):
    parser_classes = [WeightsParser]

    @extend_schema(
        summary="Hand in the weights",
        request=AttentionFinishRequest,
        responses={
            200: OpenApiResponse(description="The weights are kept."),
            400: OpenApiResponse(description="They do not fit; nothing was kept."),
            403: NO_WORKER,
            409: LOST,
        },
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        leases.finish(actor=self.actor, request_id=request_id, **checked(AttentionFinishRequest, request.data))
        return Response({})


class FailView(WorkerView):
    @extend_schema(
        summary="Close a text with a failure",
        request=FailRequest,
        responses={200: OpenApiResponse(description="It is closed."), 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        body = checked(FailRequest, request.data)
        failure = leasing.Failure(body["class"], body["reason"], body["log_tail"])
        leases.fail(actor=self.actor, request_id=request_id, attempt=body["attempt"], failure=failure)
        return Response({})


class GiveBackView(WorkerView):
    @extend_schema(
        summary="Queue a text again",
        request=GiveBackRequest,
        responses={200: OpenApiResponse(description="It waits again."), 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        leases.give_back(actor=self.actor, request_id=request_id, **checked(GiveBackRequest, request.data))
        return Response({})
