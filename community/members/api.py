"""What views of the API have in common: who asks."""

from rest_framework.request import Request
from rest_framework.views import APIView

from community.members.actors import ANONYMOUS, Actor
from hub.core.api import BoundedJSONParser


def actor_of(request: Request) -> Actor:
    """The caller; `InvalidCredentials` has been raised before a view can ask."""
    return request.auth if isinstance(request.auth, Actor) else ANONYMOUS


class ActorView(APIView):
    parser_classes = [BoundedJSONParser]

    @property
    def actor(self) -> Actor:
        return actor_of(self.request)
