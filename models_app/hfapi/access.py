"""Who may read and write a repo, and whom its owners let through its gate."""

import re
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.models import User
from community.members.queries import get_member
from community.members.rules import name_problem
from hub.core.errors import Invalid
from hub.core.pagination import page
from models_app.hfapi.errors import UnknownRoute
from models_app.hfapi.http import RepoView
from models_app.hfapi.parameters import next_link, whole_number
from models_app.hfapi.representations import JSONObject, object_id, timestamp
from models_app.repos.access import access_requests, decide, grant_access
from models_app.repos.models import AccessRequest, AccessStatus
from models_app.repos.queries import check_content, check_write

_PAGE = 1000
_REQUEST_ID = re.compile("0{9}[0-9a-f]{15}")  # as `object_id` writes what fits a primary key


class AuthCheck(RepoView):
    """Whether the caller may have the repo's files, or, with `write`, write to it."""

    write = False

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["repos"])
    def get(self, _request: Request, **_kwargs: Any) -> Response:
        if self.write:
            check_write(self.actor, self.repo)
        check_content(self.actor, self.repo)
        return Response({})


class AccessRequests(RepoView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT}, tags=["access"])
    def get(self, request: Request, status: str, **_kwargs: Any) -> Response:
        """The requests for a gated repo's files that are pending, accepted or rejected, newest first."""
        requests = access_requests(self.actor, self.repo)
        if status not in AccessStatus.values:
            raise UnknownRoute
        rows, cursor = page(
            requests.filter(status=status),
            ["-created_at"],
            request.query_params.get("cursor"),
            whole_number(request, "limit", default=_PAGE, largest=_PAGE),
        )
        response = Response([_request_object(row) for row in rows])
        if cursor is not None:
            response["Link"] = next_link(request, cursor)
        return response


def _request_object(row: AccessRequest) -> JSONObject:
    user = {"_id": object_id(row.user_id), "user": row.user.username, "fullname": row.user.full_name, "type": "user"}
    if row.asked:  # who asks agrees to be known; who was merely let in did not
        user["email"] = row.user.email
    return {
        "requestId": object_id(row.pk),
        "user": user,
        "status": row.status,
        "timestamp": timestamp(row.created_at),
        "fields": row.fields,
    }


class HandleAccessRequest(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["access"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Accept, reject or reopen a request: {user or requestId, status, rejectionReason}."""
        check_write(self.actor, self.repo)
        data = self.json()
        status, reason = data.get("status"), data.get("rejectionReason") or ""
        if status not in AccessStatus.values or not isinstance(reason, str):
            raise Invalid("status must be “pending”, “accepted” or “rejected”, and rejectionReason text.")
        found = decide(actor=self.actor, repo=self.repo, status=str(status), reason=reason, which=_which(data))
        return Response(_request_object(found))


def _which(data: JSONObject) -> dict[str, Any]:
    """Which request is meant. Raises `Invalid`."""
    text = data.get("requestId")
    if text is None:
        return {"user": _member(data.get("user"))}
    if not isinstance(text, str) or not _REQUEST_ID.fullmatch(text):
        raise Invalid("requestId must be the 24 hexadecimal digits of a list of requests.")
    return {"pk": int(text, 16)}


def _member(name: Any) -> User:
    if not isinstance(name, str) or name_problem(name):
        raise Invalid("Give the member's name as user.")
    return get_member(name)


class GrantAccess(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["access"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Give {user} the files, asked or not."""
        check_write(self.actor, self.repo)
        user = _member(self.json().get("user"))
        return Response(_request_object(grant_access(actor=self.actor, repo=self.repo, user=user)))
