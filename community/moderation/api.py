"""Flags, the moderators' queue and the public log for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions.api import NOT_THERE, REFUSED
from community.discussions.changes import find_thread
from community.discussions.queries import find_comment
from community.discussions.serializers import ThreadSerializer
from community.members.api import ActorView
from community.moderation import queries, services
from community.moderation.serializers import (
    CaseSerializer,
    DecisionRequest,
    DecisionSerializer,
    FlagRequest,
    FlagSerializer,
    LogSerializer,
    MarkRequest,
    ReportRequest,
    SettleRequest,
    SplitRequest,
)
from hub.core.api import PageParameters, checked, next_page
from hub.core.pagination import page

_MODERATION = ["moderation"]


class FlagView(ActorView):
    @extend_schema(
        operation_id="flag_comment", request=FlagRequest, responses={201: FlagSerializer, **REFUSED}, tags=_MODERATION
    )
    def post(self, request: Request, event: int) -> Response:
        """Ask moderators to look at a comment."""
        comment, said = find_comment(self.actor, event), checked(FlagRequest, request.data)
        flag = services.flag_comment(actor=self.actor, comment=comment, **said)
        return Response(FlagSerializer(flag).data, status=status.HTTP_201_CREATED)


class ReportView(ActorView):
    @extend_schema(
        operation_id="report", request=ReportRequest, responses={201: FlagSerializer, **REFUSED}, tags=_MODERATION
    )
    def post(self, request: Request) -> Response:
        """Ask moderators to look at a whole subject."""
        flag = services.report(actor=self.actor, **checked(ReportRequest, request.data))
        return Response(FlagSerializer(flag).data, status=status.HTTP_201_CREATED)


class QueueView(ActorView):
    @extend_schema(
        operation_id="moderation_queue", responses={200: CaseSerializer(many=True), **REFUSED}, tags=_MODERATION
    )
    def get(self, _request: Request) -> Response:
        """What waits for moderators, the oldest first."""
        return Response(CaseSerializer(queries.open_cases(self.actor), many=True).data)


class SettleView(ActorView):
    @extend_schema(
        operation_id="settle_flags",
        summary="Answer all open flags about what this one is about",
        request=SettleRequest,
        responses={200: DecisionSerializer, **REFUSED},
        tags=_MODERATION,
    )
    def post(self, request: Request, flag: int) -> Response:
        found, wanted = queries.get_open_flag(self.actor, flag), checked(SettleRequest, request.data)
        return Response(DecisionSerializer(services.settle(actor=self.actor, flag=found, **wanted)).data)


class MarkView(ActorView):
    @extend_schema(
        operation_id="mark_thread",
        summary="Pin, lock or hide a thread, or end that",
        request=MarkRequest,
        responses={200: DecisionSerializer, **REFUSED},
        tags=_MODERATION,
    )
    def post(self, request: Request, thread: int) -> Response:
        found, wanted = find_thread(self.actor, thread).thread, checked(MarkRequest, request.data)
        return Response(DecisionSerializer(services.mark_thread(actor=self.actor, thread=found, **wanted)).data)


class SplitView(ActorView):
    @extend_schema(
        operation_id="split_thread",
        summary="Move a comment, and all later ones if asked to, into a new thread",
        request=SplitRequest,
        responses={201: ThreadSerializer, **REFUSED},
        tags=_MODERATION,
    )
    def post(self, request: Request, event: int) -> Response:
        comment, wanted = find_comment(self.actor, event), checked(SplitRequest, request.data)
        made = services.split(actor=self.actor, comment=comment, **wanted)
        return Response(ThreadSerializer(find_thread(self.actor, made.pk)).data, status=status.HTTP_201_CREATED)


class LogView(ActorView):
    @extend_schema(
        operation_id="moderation_log", parameters=[PageParameters], responses=LogSerializer, tags=_MODERATION
    )
    def get(self, request: Request) -> Response:
        """What was decided about what the caller may see, newest first."""
        wanted = checked(PageParameters, request.query_params)
        rows, cursor = page(queries.decisions(self.actor), ["-pk"], wanted.get("cursor"), wanted["limit"])
        return Response(LogSerializer({"decisions": rows, "next": next_page(request, cursor)}).data)


class DecisionView(ActorView):
    @extend_schema(operation_id="decision", responses={200: DecisionSerializer, 404: NOT_THERE}, tags=_MODERATION)
    def get(self, _request: Request, action: int) -> Response:
        return Response(DecisionSerializer(queries.get_decision(self.actor, action)).data)


class OverruleView(ActorView):
    @extend_schema(
        operation_id="overrule",
        summary="Undo a decision, once",
        description="A second call answers what the first did.",
        request=DecisionRequest,
        responses={200: DecisionSerializer, **REFUSED},
        tags=_MODERATION,
    )
    def post(self, request: Request, action: int) -> Response:
        found, wanted = queries.get_decision(self.actor, action), checked(DecisionRequest, request.data)
        return Response(DecisionSerializer(services.overrule(action=found, actor=self.actor, **wanted)).data)
