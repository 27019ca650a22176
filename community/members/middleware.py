"""Gives every request its `actor`."""

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from community.members.auth import identify
from community.members.errors import InvalidCredentials


class ActorMiddleware:
    """`request.actor`: of a session on first use, of an Authorization header at once.

    A wrong token is refused here, before any view, in the one form that browsers, git, LFS and huggingface_hub all
    understand; so no view can mistake its bearer for an anonymous visitor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("Authorization"):
            try:
                request.actor = identify(request)  # type: ignore[attr-defined]
            except InvalidCredentials as error:
                return _refusal(request, error)
        else:
            request.actor = SimpleLazyObject(lambda: identify(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _refusal(request: HttpRequest, error: InvalidCredentials) -> JsonResponse:
    # huggingface_hub reads "error" and the header, LFS reads "message", git asks again for the offered scheme.
    body = {"error": error.message, "message": error.message, "code": error.code}
    response = JsonResponse(body, status=error.status)
    response["X-Error-Message"] = error.message
    basic = request.headers["Authorization"].lower().startswith("basic ")
    response["WWW-Authenticate"] = 'Basic realm="hub"' if basic else "Bearer"
    return response
