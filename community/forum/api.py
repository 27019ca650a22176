"""The forum for programs: its rooms and their threads. What happens in a thread goes by its id (`discussions.api`)."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions.api import NOT_THERE, REFUSED, found_among
from community.discussions.changes import find_thread
from community.discussions.queries import threads_about
from community.discussions.serializers import OpenRequest, ThreadPageSerializer, ThreadSerializer
from community.discussions.services import open_thread
from community.forum import queries, services
from community.forum.models import Category
from community.forum.queries import Room
from community.forum.serializers import RoomRequest, RoomSerializer
from community.forum.subject import KIND
from community.members.api import ActorView
from hub.core.api import PageParameters, checked, next_page
from hub.core.pagination import page

_FORUM = ["forum"]


class RoomsView(ActorView):
    @extend_schema(operation_id="forum", responses=RoomSerializer(many=True), tags=_FORUM)
    def get(self, _request: Request) -> Response:
        """The rooms of the forum, in order."""
        return Response(RoomSerializer(queries.rooms(self.actor), many=True).data)

    @extend_schema(
        operation_id="make_room", request=RoomRequest, responses={201: RoomSerializer, **REFUSED}, tags=_FORUM
    )
    def post(self, request: Request) -> Response:
        """Make a room; maintainers may."""
        return Response(_saved(self, request, None), status=status.HTTP_201_CREATED)


class RoomView(ActorView):
    @extend_schema(
        operation_id="forum_threads",
        summary="The threads of a room: pinned ones first, then the liveliest",
        parameters=[PageParameters],
        responses={200: ThreadPageSerializer, 404: NOT_THERE},
        tags=_FORUM,
    )
    def get(self, request: Request, slug: str) -> Response:
        category, wanted = queries.get_category(slug), checked(PageParameters, request.query_params)
        threads = threads_about(self.actor, KIND, category.pk)
        rows, cursor = page(threads, ["-pinned", "-updated_at"], wanted.get("cursor"), wanted["limit"])
        shown = {"threads": found_among(rows), "next": next_page(request, cursor)}
        return Response(ThreadPageSerializer(shown).data)

    @extend_schema(
        operation_id="open_thread",
        summary="Begin a thread in a room",
        request=OpenRequest,
        responses={201: ThreadSerializer, **REFUSED},
        tags=_FORUM,
    )
    def post(self, request: Request, slug: str) -> Response:
        category, wanted = queries.get_category(slug), checked(OpenRequest, request.data)
        made = open_thread(actor=self.actor, kind=KIND, key=category.pk, **wanted)
        return Response(ThreadSerializer(find_thread(self.actor, made.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="change_room", request=RoomRequest, responses={200: RoomSerializer, **REFUSED}, tags=_FORUM
    )
    def put(self, request: Request, slug: str) -> Response:
        """Change a room; maintainers may."""
        return Response(_saved(self, request, queries.get_category(slug)))


def _saved(view: ActorView, request: Request, category: Category | None) -> object:
    saved = services.save_category(actor=view.actor, category=category, **checked(RoomRequest, request.data))
    known = {room.category.pk: room for room in queries.rooms(view.actor)}
    return RoomSerializer(known.get(saved.pk, Room(saved, 0, None, None))).data
