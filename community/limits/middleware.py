"""Refuse callers who ask too often, and tell everybody how much is left."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from community.limits.counters import counter
from community.limits.rules import Standing, limit_of, network_of
from community.members.auth import actor_of

PAGES = "pages"


class RateLimitMiddleware:
    """Counts requests by caller and kind (`settings.RATE_LIMIT_BUCKETS`) in fixed windows.

    After `ActorMiddleware`: a member is one caller however many tokens they make and wherever they are, a machine with
    a capability is another, and everybody else is their network.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.buckets = [(name, re.compile(pattern)) for name, pattern in settings.RATE_LIMIT_BUCKETS]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        standing = self._standing(request)
        if standing is None:
            return self.get_response(request)
        response = _refusal(request, standing) if standing.exceeded else self.get_response(request)
        for name, value in standing.headers().items():
            response[name] = value
        return response

    def _standing(self, request: HttpRequest) -> Standing | None:
        limit = limit_of(request.path, self.buckets, settings.RATE_LIMITS, settings.RATE_LIMIT_SECONDS)
        if limit is None:
            return None
        window, passed = divmod(int(time.time()), limit.seconds)
        used = counter().add(f"rate:{limit.bucket}:{_caller(request)}:{window}", seconds=limit.seconds)
        return None if used is None else Standing(limit, used, limit.seconds - passed)


def _caller(request: HttpRequest) -> str:
    actor = actor_of(request)
    if actor.user is not None:
        return f"member:{actor.user.pk}"
    if actor.capability is not None:
        return f"machine:{actor.capability.subject}"
    return f"network:{network_of(_address(request))}"


def _address(request: HttpRequest) -> str:
    # Of several addresses the proxy in front of us wrote the last; those before are the caller's own words.
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2] or request.META.get("REMOTE_ADDR", "")


def _refusal(request: HttpRequest, standing: Standing) -> HttpResponse:
    status = HTTPStatus.TOO_MANY_REQUESTS
    if standing.limit.bucket == PAGES:
        return render(request, "429.html", status=status)
    limit = standing.limit
    # In English like all answers to clients, which look for words of theirs.
    message = (
        f"You sent more than {limit.quota} requests in {limit.seconds} seconds. "
        f"Wait {standing.reset} seconds, then go on."
    )
    body = {"error": message, "message": message, "code": "too_many_requests"}
    return JsonResponse(body, status=status, headers={"X-Error-Message": message})
