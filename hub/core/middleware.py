"""Request plumbing that every route shares."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from hub.core.errors import DomainError, Moved
from hub.core.paths import decode_but_slashes

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_REQUEST_ID = re.compile(r"[\w.:=;/-]{1,200}")


class RequestIdMiddleware:
    """Echo the caller's trace id, or make one: clients print it beside every error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Amzn-Trace-Id") or request.headers.get("X-Request-Id") or ""
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class HeadMiddleware:
    """The answer to HEAD has the headers of the one to GET (CommonMiddleware has set its length) and no body."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response


class RawPathMiddleware:
    """Keep ``%2F`` apart from ``/`` while routing.

    A revision such as ``refs/pr/1`` arrives as one segment, ``refs%2Fpr%2F1``, but WSGI hands out the decoded
    path. Here the raw path is decoded again with ``%2F`` left standing; routes decode their own segments
    (`hub.core.paths`). The server must provide ``RAW_URI`` (gunicorn does).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        raw = request.META.get("RAW_URI") or ""
        raw_path = re.sub(r"^https?://[^/]*", "", raw).partition("?")[0]
        if re.search("%(25)*2f", raw_path, re.IGNORECASE):
            request.path_info = request.path = decode_but_slashes(raw_path)
        return self.get_response(request)


class DomainErrorMiddleware:
    """Turn a domain error that a page let through into a page (or JSON) with its sentence and status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, Moved):
            return HttpResponseRedirect(error.location, preserve_request=True)
        if request.path.startswith("/api/"):
            return JsonResponse({"error": error.message, "code": error.code}, status=error.status)
        return render(request, "error.html", {"error": error}, status=error.status)
