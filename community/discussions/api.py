"""Threads and comments for programs, by their ids: about whatever the caller may see."""

from collections.abc import Iterable

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions import queries, services
from community.discussions.changes import Found, find_thread
from community.discussions.models import Event, ReactionKind, Thread
from community.discussions.serializers import (
    CommentRequest,
    CommentSerializer,
    EditRequest,
    EventPageSerializer,
    EventSerializer,
    HideParameters,
    ThreadFilter,
    ThreadPageSerializer,
    ThreadRequest,
    ThreadSerializer,
)
from community.members.api import ActorView
from hub.core.api import PageParameters, checked, next_page
from hub.core.pagination import page

NOT_THERE = OpenApiResponse(description="Missing, or hidden from the caller.")
REFUSED = {403: OpenApiResponse(description="The caller may not."), 404: NOT_THERE}
_DISCUSSIONS = ["discussions"]


def found_among(threads: Iterable[Thread]) -> list[Found]:
    """`threads` with what they are about; without those whose subject is gone."""
    rows = list(threads)
    subjects = queries.subjects_of(rows)
    return [Found(thread, subjects[thread.board_id]) for thread in rows if thread.board_id in subjects]


class RecentView(ActorView):
    @extend_schema(
        operation_id="threads",
        summary="Threads about anything that the caller may see, the liveliest first",
        parameters=[ThreadFilter],
        responses=ThreadPageSerializer,
        tags=_DISCUSSIONS,
    )
    def get(self, request: Request) -> Response:
        wanted = checked(ThreadFilter, request.query_params)
        threads = queries.recent_threads(self.actor, author=wanted.get("author", ""))
        rows, cursor = page(threads, ["-updated_at"], wanted.get("cursor"), wanted["limit"])
        shown = {"threads": found_among(rows), "next": next_page(request, cursor)}
        return Response(ThreadPageSerializer(shown).data)


class ThreadView(ActorView):
    @extend_schema(operation_id="thread", responses={200: ThreadSerializer, 404: NOT_THERE}, tags=_DISCUSSIONS)
    def get(self, _request: Request, thread: int) -> Response:
        """One thread, about whatever."""
        return Response(ThreadSerializer(find_thread(self.actor, thread)).data)

    @extend_schema(
        operation_id="change_thread",
        summary="Rename, open or close a thread",
        request=ThreadRequest,
        responses={200: ThreadSerializer, **REFUSED},
        tags=_DISCUSSIONS,
    )
    @transaction.atomic
    def patch(self, request: Request, thread: int) -> Response:
        found, wanted = queries.find_thread(self.actor, thread), checked(ThreadRequest, request.data)
        if "title" in wanted:
            services.rename(actor=self.actor, thread=found, title=wanted["title"])
        if "status" in wanted:
            services.set_status(actor=self.actor, thread=found, status=wanted["status"])
        return Response(ThreadSerializer(find_thread(self.actor, thread)).data)


class EventsView(ActorView):
    @extend_schema(
        operation_id="thread_events",
        summary="What happened in a thread, comments too, oldest first",
        parameters=[PageParameters],
        responses={200: EventPageSerializer, 404: NOT_THERE},
        tags=_DISCUSSIONS,
    )
    def get(self, request: Request, thread: int) -> Response:
        found, wanted = queries.find_thread(self.actor, thread), checked(PageParameters, request.query_params)
        events = queries.with_versions(found.events.all())
        rows, cursor = page(events, ["pk"], wanted.get("cursor"), wanted["limit"])
        shown = {"events": queries.said(self.actor, rows), "next": next_page(request, cursor)}
        return Response(EventPageSerializer(shown).data)


class CommentsView(ActorView):
    @extend_schema(
        operation_id="add_comment",
        summary="Write in a thread",
        request=CommentRequest,
        responses={201: EventSerializer, **REFUSED},
        tags=_DISCUSSIONS,
    )
    def post(self, request: Request, thread: int) -> Response:
        found, wanted = queries.find_thread(self.actor, thread), checked(CommentRequest, request.data)
        to = wanted.get("reply_to")
        answered = None if to is None else queries.find_comment(self.actor, to)
        comment = services.add_comment(actor=self.actor, thread=found, text=wanted["text"], reply_to=answered)
        return Response(EventSerializer(queries.said(self.actor, [comment])[0]).data, status=status.HTTP_201_CREATED)


class CommentView(ActorView):
    @extend_schema(operation_id="comment", responses={200: CommentSerializer, 404: NOT_THERE}, tags=_DISCUSSIONS)
    def get(self, _request: Request, event: int) -> Response:
        """One comment, with all it ever said."""
        return self._answer(queries.find_comment(self.actor, event))

    @extend_schema(
        operation_id="edit_comment",
        summary="Say something else; its author may",
        request=EditRequest,
        responses={200: CommentSerializer, **REFUSED},
        tags=_DISCUSSIONS,
    )
    def patch(self, request: Request, event: int) -> Response:
        comment = queries.find_comment(self.actor, event)
        text = checked(EditRequest, request.data)["text"]
        return self._answer(services.edit_comment(actor=self.actor, comment=comment, text=text))

    @extend_schema(
        operation_id="hide_comment",
        summary="Take back a comment for good, or hide it as a moderator",
        parameters=[HideParameters],
        responses={200: CommentSerializer, **REFUSED},
        tags=_DISCUSSIONS,
    )
    def delete(self, request: Request, event: int) -> Response:
        comment = queries.find_comment(self.actor, event)
        reason = checked(HideParameters, request.query_params)["reason"]
        return self._answer(services.hide_comment(actor=self.actor, comment=comment, reason=reason))

    def _answer(self, comment: Event) -> Response:
        return Response(CommentSerializer(queries.said(self.actor, [comment])[0]).data)


@extend_schema(
    request=None,
    parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=ReactionKind.values)],
    responses={200: CommentSerializer, **REFUSED},
    tags=_DISCUSSIONS,
)
class ReactionView(ActorView):
    @extend_schema(operation_id="react", summary="React to a comment")
    def put(self, _request: Request, event: int, kind: str) -> Response:
        return self._react(event, kind, wanted=True)

    @extend_schema(operation_id="take_reaction_back", summary="Take a reaction back")
    def delete(self, _request: Request, event: int, kind: str) -> Response:
        return self._react(event, kind, wanted=False)

    def _react(self, event: int, kind: str, *, wanted: bool) -> Response:
        comment = queries.find_comment(self.actor, event)
        services.react(actor=self.actor, comment=comment, kind=kind, wanted=wanted)
        return Response(CommentSerializer(queries.said(self.actor, [comment])[0]).data)
