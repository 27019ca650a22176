"""The inbox for programs, and which threads one follows."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions.api import REFUSED
from community.discussions.queries import check_takes_part, find_thread
from community.members.api import ActorView
from community.notifications import queries, services
from community.notifications.models import Mail
from community.notifications.serializers import InboxFilter, InboxSerializer, LevelSerializer, MailSerializer
from hub.core.api import checked, next_page
from hub.core.pagination import page

_NOTIFICATIONS = ["notifications"]


class InboxView(ActorView):
    @extend_schema(
        operation_id="notifications",
        summary="What the caller has been told, newest first",
        description="A page may hold less than `limit`: what the caller may not see any more is left out.",
        parameters=[InboxFilter],
        responses={200: InboxSerializer, **REFUSED},
        tags=_NOTIFICATIONS,
    )
    def get(self, request: Request) -> Response:
        rows, wanted = queries.inbox(queries.reader(self.actor)), checked(InboxFilter, request.query_params)
        if wanted["unread"]:
            rows = rows.filter(read_at=None)
        found, cursor = page(rows, ["-pk"], wanted.get("cursor"), wanted["limit"])
        shown = {"notifications": queries.lines(self.actor, found), "next": next_page(request, cursor)}
        return Response(InboxSerializer(shown).data)


class ReadAllView(ActorView):
    @extend_schema(operation_id="read_all", request=None, responses={204: None, **REFUSED}, tags=_NOTIFICATIONS)
    def post(self, _request: Request) -> Response:
        """Mark everything read."""
        services.mark_read(member=check_takes_part(self.actor))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReadView(ActorView):
    @extend_schema(
        operation_id="read_notification", request=None, responses={204: None, **REFUSED}, tags=_NOTIFICATIONS
    )
    def post(self, _request: Request, notification: int) -> Response:
        """Mark one read, with all that is about the same thread."""
        member = check_takes_part(self.actor)
        services.mark_read(member=member, notification=queries.get_notification(member, notification))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MailView(ActorView):
    @extend_schema(operation_id="mail", responses={200: MailSerializer, **REFUSED}, tags=_NOTIFICATIONS)
    def get(self, _request: Request) -> Response:
        """How mail comes to the caller."""
        return Response({"mail": queries.mail_of(queries.reader(self.actor))})

    @extend_schema(
        operation_id="choose_mail",
        request=MailSerializer,
        responses={200: MailSerializer, **REFUSED},
        tags=_NOTIFICATIONS,
    )
    def put(self, request: Request) -> Response:
        """Choose how mail comes."""
        member, wanted = check_takes_part(self.actor), checked(MailSerializer, request.data)
        services.choose_mail(member=member, mail=Mail(wanted["mail"]))
        return Response(wanted)


class FollowView(ActorView):
    @extend_schema(operation_id="thread_level", responses={200: LevelSerializer, **REFUSED}, tags=_NOTIFICATIONS)
    def get(self, _request: Request, thread: int) -> Response:
        """How the caller follows a thread."""
        found = find_thread(self.actor, thread)
        return Response({"level": queries.level_of(queries.reader(self.actor), found)})

    @extend_schema(
        operation_id="follow_thread",
        request=LevelSerializer,
        responses={200: LevelSerializer, **REFUSED},
        tags=_NOTIFICATIONS,
    )
    def put(self, request: Request, thread: int) -> Response:
        """Watch a thread, mute it, or neither."""
        wanted = checked(LevelSerializer, request.data)
        services.follow_thread(actor=self.actor, thread=find_thread(self.actor, thread), **wanted)
        return Response(wanted)
