"""What repos take, for ``hf repos ls``."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Sum
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.errors import NotAllowed
from community.members.models import Namespace
from community.members.queries import get_organization, namespace_role
from hub.core.errors import Unauthenticated
from models_app.hfapi.http import HubView
from models_app.hfapi.lists import listed
from models_app.hfapi.representations import JSONObject, timestamp
from models_app.repos.models import Repo
from models_app.storage.queries import repos_of

_PAGE = 1000  # clients want them all


class OwnRepositories(HubView):
    @extend_schema(operation_id="own_repositories", responses=OpenApiTypes.OBJECT, tags=["account"])
    def get(self, request: Request) -> Response:
        """The member's own repos with the space they take, the largest first."""
        user = self.actor.user
        if user is None or user.namespace is None:
            raise Unauthenticated("You are not signed in: send an access token.")
        return _repositories(self, request, user.namespace)


class OrganizationRepositories(HubView):
    @extend_schema(operation_id="organization_repositories", responses=OpenApiTypes.OBJECT, tags=["account"])
    def get(self, request: Request, name: str) -> Response:
        """An organization's repos with the space they take, for its members."""
        namespace = get_organization(name).namespace
        if self.actor.user is None:
            raise Unauthenticated("You are not signed in: send an access token.")
        if namespace_role(self.actor, namespace) is None:
            raise NotAllowed(f"Only members of {namespace} may see what it stores.")
        return _repositories(self, request, namespace)


def _repositories(view: HubView, request: Request, namespace: Namespace) -> Response:
    repos = repos_of(view.actor, namespace)
    total = repos.aggregate(total=Sum("storage"))["total"] or 1

    def describe(rows: Sequence[Any]) -> list[JSONObject]:
        return [_repository(repo, repo.storage, total) for repo in rows]

    return listed(request, repos, ["-storage"], describe, size=_PAGE)


def _repository(repo: Repo, storage: int, total: int) -> JSONObject:
    return {
        "id": repo.full_id,
        "type": repo.kind,
        "updatedAt": timestamp(repo.last_modified),
        "visibility": "private" if repo.private else "public",
        "storage": storage,
        "storagePercent": round(100 * storage / total, 2),
    }
