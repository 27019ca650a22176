"""The hub's addresses, and two that say who is asking: by DRF, and by a plain view."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.actors import Actor
from community.members.auth import actor_of
from hub.urls import urlpatterns as hub_urls


def describe(actor: Actor) -> dict[str, object]:
    return {
        "user": actor.user and actor.user.username,
        "token": actor.token and actor.token.name,
        "capability": actor.capability and [actor.capability.subject, actor.capability.right],
    }


class Echo(APIView):
    def get(self, request: Request) -> Response:
        return Response(describe(request.auth) if request.auth else None)

    post = get


def plain(request: HttpRequest) -> JsonResponse:
    return JsonResponse(describe(actor_of(request)))


urlpatterns = [path("api/echo", Echo.as_view()), path("echo", plain), *hub_urls]
