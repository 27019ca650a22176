"""The base of the community's own API."""

from rest_framework.views import APIView

from community.members.actors import ANONYMOUS, Actor
from hub.core.api import BoundedJSONParser


class ActorView(APIView):
    parser_classes = [BoundedJSONParser]

    @property
    def actor(self) -> Actor:
        """The caller; `InvalidCredentials` has been raised before a view can ask."""
        actor = self.request.auth
        return actor if isinstance(actor, Actor) else ANONYMOUS
