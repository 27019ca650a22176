"""The API of evaluation workers: ask for a run, show progress, hand in a record or a failure."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.api import ActorView
from community.members.auth import CAPABILITY_PREFIX
from hub.core.api import BoundedJSONParser, checked
from models_app.evaluation import leases, leasing
from models_app.evaluation.records.checks import MAX_BYTES
from models_app.evaluation.worker_serializers import (
    FailRequest,
    FinishAnswer,
    FinishRequest,
    GiveBackRequest,
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseAnswer,
    LeaseRequest,
)

LOST = OpenApiResponse(description="The lease is over or another worker's.")
NO_WORKER = OpenApiResponse(description="The caller is not the service account of a worker.")


class RecordParser(BoundedJSONParser):
    """Room for the largest record, and for clients that escape what canonical JSON writes plainly."""

    max_bytes = 2 * MAX_BYTES


class WorkerView(ActorView):
    """Refuses everybody but service accounts before a byte of the body is read."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        leasing.check_worker(self.actor)


class LeaseView(WorkerView):
    @extend_schema(
        summary="Take the next queued run",
        request=LeaseRequest,
        responses={200: LeaseAnswer, 204: OpenApiResponse(description="Nothing to do."), 403: NO_WORKER},
    )
    def post(self, request: Request) -> Response:
        body = checked(LeaseRequest, request.data)
        lease = leases.lease(
            actor=self.actor, worker_name=body["worker"], hardware=body["hardware"], versions=body["versions"]
        )
        if lease is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        run, suite = lease.run, lease.run.suite_version
        return Response(
            {
                "run": run.pk,
                "attempt": lease.attempt,
                "repo": run.repo.full_id,
                "kind": run.repo.kind,
                "commit": run.commit_sha,
                "suite": {"name": suite.suite, "version": suite.version, "sha256": suite.sha256},
                "precision": run.precision,
                "token": CAPABILITY_PREFIX + lease.capability,
                "lease_seconds": settings.EVALUATION_LEASE_SECONDS,
                "run_seconds": settings.EVALUATION_RUN_SECONDS,
            }
        )


class HeartbeatView(WorkerView):
    @extend_schema(
        summary="Renew a lease and show progress",
        request=HeartbeatRequest,
        responses={200: HeartbeatAnswer, 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, run_id: int) -> Response:
        cancelled = leases.heartbeat(actor=self.actor, run_id=run_id, **checked(HeartbeatRequest, request.data))
        return Response({"cancel": cancelled})


class FinishView(WorkerView):
    parser_classes = [RecordParser]

    @extend_schema(
        summary="Hand in the record of a run",
        description="Send it again after a lost answer: it is kept once, and the answer is the same.",
        request=FinishRequest,
        responses={
            200: FinishAnswer,
            400: OpenApiResponse(description="The record does not fit the run; nothing was kept."),
            403: NO_WORKER,
            409: LOST,
        },
    )
    def post(self, request: Request, run_id: int) -> Response:
        body = checked(FinishRequest, request.data)
        record = leases.finish(actor=self.actor, run_id=run_id, attempt=body["attempt"], document=body["record"])
        return Response({"record": record.sha256})


class FailView(WorkerView):
    @extend_schema(
        summary="Close a run with a failure",
        request=FailRequest,
        responses={200: OpenApiResponse(description="The run is closed."), 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, run_id: int) -> Response:
        body = checked(FailRequest, request.data)
        failure = leasing.Failure(body["class"], body["reason"], body["log_tail"])
        leases.fail(actor=self.actor, run_id=run_id, attempt=body["attempt"], failure=failure)
        return Response({})


class GiveBackView(WorkerView):
    @extend_schema(
        summary="Queue a run again",
        description="For a worker that has to stop: the run keeps its place, and others may take it at once.",
        request=GiveBackRequest,
        responses={200: OpenApiResponse(description="The run waits again."), 403: NO_WORKER, 409: LOST},
    )
    def post(self, request: Request, run_id: int) -> Response:
        leases.give_back(actor=self.actor, run_id=run_id, **checked(GiveBackRequest, request.data))
        return Response({})
