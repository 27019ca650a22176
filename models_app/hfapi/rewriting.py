"""Change the past of a repo: squash a branch, list its large files, take them away, lend them to another repo."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid
from hub.core.pagination import page
from models_app.gitstore.repository import LargeFile
from models_app.hfapi.http import RepoView
from models_app.hfapi.lifecycle import full_id_of, kind_of
from models_app.hfapi.parameters import next_link, whole_number
from models_app.hfapi.representations import JSONObject, timestamp
from models_app.repos.queries import check_write, get_repo
from models_app.uploads.history import delete_large_files, large_files_of, share_large_files, super_squash
from models_app.uploads.models import UploadGrant

_PAGE = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SuperSquash(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["commits"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Make a branch one commit without a past, with {message}."""
        check_write(self.actor, self.repo)
        message = self.json().get("message") or f"Super-squash branch '{self.revision}'"
        if not isinstance(message, str):
            raise Invalid("The message must be text.")
        sha = super_squash(actor=self.actor, repo=self.repo, branch=self.revision, message=message)
        return Response({"commitOid": sha})


class LfsFiles(RepoView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT}, tags=["files"])
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """Every large file that was sent to the repo, newest first, with a place in its history where it lies."""
        grants, places = large_files_of(self.actor, self.repo)
        size = whole_number(request, "limit", default=_PAGE, largest=_PAGE)
        rows, cursor = page(grants, ["-created_at"], request.query_params.get("cursor"), size)
        response = Response([_file_object(row, places) for row in rows])
        if cursor is not None:
            response["Link"] = next_link(request, cursor)
        return response


def _file_object(grant: UploadGrant, places: Mapping[str, LargeFile]) -> JSONObject:
    place = places.get(grant.blob_id)
    return {
        "fileOid": grant.blob_id,
        "oid": grant.blob_id,
        "filename": place.path if place else "",
        "ref": place.ref if place else None,
        "size": grant.blob.size,
        "pushedAt": timestamp(grant.created_at),
    }


class DeleteLfsFiles(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["files"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Take large files away for good: {deletions: {sha: [fileOid, …], rewriteHistory}}."""
        check_write(self.actor, self.repo)
        match self.json().get("deletions"):
            case {"sha": list(sha256s), "rewriteHistory": bool(rewrite)} if _are_hashes(sha256s):
                delete_large_files(actor=self.actor, repo=self.repo, sha256s=sha256s, rewrite=rewrite)
            case _:
                raise Invalid("Give deletions as {sha: [fileOid, …], rewriteHistory: true or false}.")
        return Response({})


def _are_hashes(values: list[Any]) -> bool:
    return len(values) <= _PAGE and all(isinstance(value, str) and _SHA256.fullmatch(value) for value in values)


class DuplicateLfsFiles(RepoView):
    """Below the repo that has the files; the answer tells apart which the target may point to from now on."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["files"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Lend committed large files to another repo: {target: {type, name}, files: [{sha256}, …]}."""
        data = self.json()
        target, files = data.get("target"), data.get("files")
        if not isinstance(target, dict) or not isinstance(files, list):
            raise Invalid("Give the target as {type, name} and files as a list.")
        sha256s: list[Any] = [file.get("sha256") if isinstance(file, dict) else None for file in files]
        if not _are_hashes(sha256s):
            raise Invalid(f"Give up to {_PAGE} files, each with its sha256.")
        repo = get_repo(self.actor, kind_of(target), "/".join(full_id_of(target.get("name"), "name")))
        shared = share_large_files(actor=self.actor, source=self.repo, target=repo, sha256s=sha256s)
        missing = [sha256 for sha256 in sha256s if sha256 not in shared]
        failed = [{"sha256": sha256, "error": "No commit of this repository holds this file."} for sha256 in missing]
        return Response({"success": [{"sha256": sha256} for sha256 in sorted(shared)], "failed": failed})
