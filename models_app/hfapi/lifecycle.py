"""Create, move, change and delete repos."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid, Unauthenticated
from models_app.hfapi.http import HubView, RepoView
from models_app.hfapi.representations import JSONObject, repo_url
from models_app.repos.access import set_gate
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Gate, RepoKind
from models_app.repos.queries import check_write, get_repo, is_called
from models_app.repos.services import create_repo, delete_repo, move_repo, set_visibility
from models_app.uploads.history import duplicate_repo

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
        kind = kind_of(data)
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
        kind = kind_of(data)
        full_id = "/".join(self.namespace_and_name(data))
        repo = get_repo(self.actor, kind, full_id)
        if not is_called(repo, full_id):  # who names what was there before does not mean what took its place
            raise RepoNotFound
        delete_repo(actor=self.actor, repo=repo)
        return Response({})


class MoveRepo(HubView):
    @extend_schema(operation_id="move_repo", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"])
    def post(self, _request: Request) -> Response:
        """Rename or transfer a repository: {fromRepo, toRepo, type}. The old name keeps leading to it."""
        data = self.json()
        kind = kind_of(data)
        namespace, name = full_id_of(data.get("toRepo"), "toRepo")
        repo = get_repo(self.actor, kind, "/".join(full_id_of(data.get("fromRepo"), "fromRepo")))
        moved = move_repo(actor=self.actor, repo=repo, namespace=namespace, name=name)
        return Response({"url": repo_url(kind, moved.full_id), "name": moved.full_id, "id": moved.full_id})


class DuplicateRepo(RepoView):
    @extend_schema(
        operation_id="duplicate_repo", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Copy the repository, history and all, to {repository}; {visibility} is that of the original if left out."""
        data = self.json()
        namespace, name = full_id_of(data.get("repository"), "repository")
        copy = duplicate_repo(
            actor=self.actor, source=self.repo, namespace=namespace, name=name, private=_private(data)
        )
        return Response({"url": repo_url(copy.kind, copy.full_id), "name": copy.full_id, "filesCopyPending": False})


class Settings(RepoView):
    @extend_schema(
        operation_id="update_settings", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["repos"]
    )
    def put(self, _request: Request, **_kwargs: Any) -> Response:
        """Change who sees the repository, and who gets its files.

        {visibility: "public" | "private", gated: "auto" | "manual" | false}; what is left out stays.
        """
        check_write(self.actor, self.repo)
        data = self.json()
        private, gate = _private(data), data.get("gated")
        if gate is not None and gate is not False and gate not in Gate.values:
            raise Invalid("gated must be “auto”, “manual” or false.")
        if private is not None:
            set_visibility(actor=self.actor, repo=self.repo, private=private)
        if gate is not None:
            set_gate(actor=self.actor, repo=self.repo, gate=gate or "")
        return Response({"private": self.repo.private, "gated": self.repo.gated or False})


def full_id_of(value: Any, field: str) -> list[str]:
    """``namespace/name`` in its two halves. Raises `Invalid`."""
    parts = value.split("/") if isinstance(value, str) else []
    if len(parts) != 2:  # noqa: PLR2004
        raise Invalid(f"{field} must be the full name of a repository: namespace/name.")
    return parts


def kind_of(data: JSONObject) -> str:
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
