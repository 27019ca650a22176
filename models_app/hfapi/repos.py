"""Create, change, delete, list and describe repos."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid, Unauthenticated
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.http import HubView, RepoView
from models_app.hfapi.parameters import expanded, flag
from models_app.hfapi.representations import EXPANDABLE, INFO_FIELDS, JSONObject, Snapshot, repo_object, repo_url
from models_app.repos.models import RepoKind
from models_app.repos.queries import check_write, get_repo
from models_app.repos.services import create_repo, delete_repo, set_visibility
from models_app.uploads.services import catch_up

_VISIBILITIES = {"public": False, "private": True}


class RepoCollection(HubView):
    """Bodies name a repo as {name, organization, type}."""

    def namespace_and_name(self, data: JSONObject) -> tuple[str, str]:
        """The two halves of the id; without an organization it is the caller's own namespace."""
        name, organization = data.get("name"), data.get("organization")
        if not isinstance(name, str) or not isinstance(organization, str | None):
            raise Invalid("Give the repository's name, and its organization as text or null.")
        if not organization and "/" in name:
            organization, _, name = name.partition("/")
        if not organization:
            if self.actor.user is None:
                raise Unauthenticated("Sign in to do this: send an access token.")
            organization = self.actor.user.username
        return organization, name


class CreateRepo(RepoCollection):
    @extend_schema(
        operation_id="create_repo", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def post(self, _request: Request) -> Response:
        """Create a repository from {name, organization, type, visibility}. 409 names the one that is there."""
        data = self.json()
        kind = _kind(data)
        namespace, name = self.namespace_and_name(data)
        private = _private(data)
        repo = create_repo(actor=self.actor, kind=kind, namespace=namespace, name=name, private=bool(private))
        return Response({"url": repo_url(kind, repo.full_id), "name": repo.full_id, "id": repo.full_id})


class DeleteRepo(RepoCollection):
    @extend_schema(
        operation_id="delete_repo", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def delete(self, _request: Request) -> Response:
        """Delete the repository that the body names, with everything in it."""
        data = self.json()
        kind = _kind(data)
        namespace, name = self.namespace_and_name(data)
        delete_repo(actor=self.actor, repo=get_repo(self.actor, kind, f"{namespace}/{name}"))
        return Response({})


def _kind(data: JSONObject) -> str:
    kind = data.get("type") or RepoKind.MODEL.value
    if kind not in RepoKind.values:
        raise Invalid(f"type must be one of {', '.join(RepoKind.values)}.")
    return str(kind)


def _private(data: JSONObject) -> bool | None:
    """Whether the repo shall be private; None if the body does not say. Current clients say it by `visibility`."""
    private, visibility = data.get("private"), data.get("visibility")
    if visibility is None and isinstance(private, bool | None):
        return private
    if isinstance(visibility, str) and visibility in _VISIBILITIES:
        return _VISIBILITIES[visibility]
    raise Invalid("visibility must be “public” or “private”, and private true or false.")


class Settings(RepoView):
    @extend_schema(
        operation_id="update_settings", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def put(self, _request: Request, **_kwargs: Any) -> Response:
        """Change who sees the repository: {visibility: "public" | "private"}."""
        private = _private(self.json())
        if private is None:
            check_write(self.actor, self.repo)
        else:
            set_visibility(actor=self.actor, repo=self.repo, private=private)
        return Response({"private": self.repo.private})


class AuthCheck(RepoView):
    """Whether the caller may read the repo, or, with `write`, write to it. `RepoView` has checked the first."""

    write = False

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["repos"])
    def get(self, _request: Request, **_kwargs: Any) -> Response:
        if self.write:
            check_write(self.actor, self.repo)
        return Response({})


class RepoInfo(RepoView):
    """What is known of a repo, at its head or at another revision."""

    @property
    def revision(self) -> str:
        return super().revision if "revision" in self.kwargs else DEFAULT_BRANCH

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        tags=["repos"],
        parameters=[
            OpenApiParameter("blobs", bool, description="Give size and ids of each file."),
            OpenApiParameter("expand", str, many=True, description="Only these fields.", enum=list(EXPANDABLE)),
        ],
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        chosen = expanded(request)
        fields = chosen or [*INFO_FIELDS, "modelId"]
        if self.revision == DEFAULT_BRANCH:
            catch_up(self.repo)
        entries = list(self.git.entries(self.sha, recursive=True)) if "siblings" in fields else None
        snapshot = Snapshot(
            repo=self.repo,
            sha=self.sha,
            last_modified=self.repo.last_modified,
            entries=entries,
            with_sizes=flag(request, "blobs"),
        )
        return Response(repo_object(snapshot, fields))
