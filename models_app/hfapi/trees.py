"""Files of a revision, its history, and the names of revisions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.html import escape
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.http import RepoView
from models_app.hfapi.parameters import flag, next_link, whole_number
from models_app.hfapi.parsers import BoundedFormParser
from models_app.hfapi.representations import JSONObject, commit_object, entry_object, ref_object
from models_app.hfapi.security import file_security
from models_app.repos.services import create_branch, create_tag, delete_branch, delete_tag
from models_app.scanning.queries import scans_of
from models_app.uploads.grants import granted

_PAGE = 1000
_EXPANDED_PAGE = 50  # each entry's last commit has to be looked for
_COMMITS_PAGE = 50
_CURSOR = re.compile(r"([0-9a-f]{40})-(\d{1,9})")
Item = TypeVar("Item")


class PagedView(RepoView):
    """A view that lists something of one commit. Its cursor names the commit: a moving branch does not disturb it."""

    def page(self, request: Request, items: Iterable[Item], size: int) -> tuple[list[Item], str | None]:
        """`size` items from the place of the cursor on, and the cursor of the next page."""
        start = self._start(request)
        found = list(islice(items, start, start + size + 1))
        return found[:size], f"{self.sha}-{start + size}" if len(found) > size else None

    @property
    def revision(self) -> str:
        match = _CURSOR.fullmatch(self.request.query_params.get("cursor", ""))
        return match[1] if match else super().revision

    def _start(self, request: Request) -> int:
        text = request.query_params.get("cursor", "")
        match = _CURSOR.fullmatch(text)
        if text and match is None:
            raise Invalid("This cursor is damaged: start again at the first page.")
        return int(match[2]) if match else 0

    def paged(self, request: Request, objects: list[JSONObject], cursor: str | None) -> Response:
        response = Response(objects)
        if cursor is not None:
            response["Link"] = next_link(request, cursor)
        return response


class Tree(PagedView):
    @extend_schema(
        responses={200: OpenApiTypes.OBJECT},
        tags=["files"],
        parameters=[OpenApiParameter("recursive", bool), OpenApiParameter("expand", bool)],
    )
    def get(self, request: Request, path: str = "", **_kwargs: Any) -> Response:
        """The files and folders below a folder; with `expand`, each with its last commit and what scanning found."""
        expand = flag(request, "expand")
        size = whole_number(request, "limit", default=_PAGE, largest=_PAGE)
        entries = self.git.entries(self.sha, path, recursive=flag(request, "recursive"))
        found, cursor = self.page(request, entries, min(size, _EXPANDED_PAGE) if expand else size)
        return self.paged(request, self.entry_objects(found, expand=expand), cursor)

    def entry_objects(self, entries: Sequence[Entry], *, expand: bool) -> list[JSONObject]:
        last = self.git.last_commits(self.sha, [entry.path for entry in entries]) if expand else {}
        blobs = granted(self.repo, [entry.lfs.sha256 for entry in entries if entry.lfs is not None])
        objects = [
            entry_object(entry, last.get(entry.path), blobs.get(entry.lfs.sha256) if entry.lfs is not None else None)
            for entry in entries
        ]
        if expand:
            scans = scans_of(self.repo, entries)
            for item in objects:
                if item["type"] == "file":
                    item["securityFileStatus"] = file_security(scans.get(item["path"]))
        return objects


class PathsInfo(Tree):
    parser_classes = [BoundedFormParser]
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="paths_info",
        request={"application/x-www-form-urlencoded": OpenApiTypes.OBJECT},
        responses={200: OpenApiTypes.OBJECT},
        tags=["files"],
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        """The entries at the form's `paths`; paths that are not there are left out."""
        form = request.data if isinstance(request.data, QueryDict) else QueryDict()  # without a body it is a dict
        expand = form.get("expand", "").lower() in {"true", "1"}
        entries = list(self._existing(dict.fromkeys(form.getlist("paths"))))
        return Response(self.entry_objects(entries, expand=expand))

    def _existing(self, paths: Iterable[str]) -> Iterator[Entry]:
        for path in paths:
            try:
                yield self.git.entry(self.sha, path)
            except EntryNotFound:
                continue


class Commits(PagedView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT}, tags=["commits"])
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """The history of a revision, newest first; `expand[]=formatted` adds title and message as HTML."""
        size = whole_number(request, "limit", default=_COMMITS_PAGE, largest=_PAGE)
        start = self._start(request)
        found = self.git.history(self.sha, skip=start, limit=size + 1)
        objects = [commit_object(commit) for commit in found[:size]]
        if "formatted" in request.query_params.getlist("expand[]") + request.query_params.getlist("expand"):
            for item in objects:
                item["formatted"] = {key: str(escape(item[key])) for key in ("title", "message")}
        return self.paged(request, objects, f"{self.sha}-{start + size}" if len(found) > size else None)


class Refs(RepoView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["commits"])
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """Branches and tags, each with the commit it names."""
        answer: JSONObject = {
            "branches": [ref_object(ref) for ref in self.git.branches()],
            "converts": [ref_object(ref) for ref in self.git.refs("refs/convert/")],
            "tags": [ref_object(ref) for ref in self.git.tags()],
        }
        if flag(request, "include_prs"):
            answer["pullRequests"] = [ref_object(ref) for ref in self.git.refs("refs/pr/")]
        return Response(answer)


class Branch(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["commits"])
    def post(self, request: Request, **_kwargs: Any) -> Response:
        """Make a branch at {startingPoint}, or at the head of the default branch."""
        start = (self.json() if request.data else {}).get("startingPoint") or DEFAULT_BRANCH
        if not isinstance(start, str):
            raise Invalid("startingPoint must be text.")
        create_branch(actor=self.actor, repo=self.repo, name=self.revision, start=start)
        return Response({})

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["commits"])
    def delete(self, _request: Request, **_kwargs: Any) -> Response:
        """Delete a branch. Its commits stay as long as others lead to them."""
        delete_branch(actor=self.actor, repo=self.repo, name=self.revision)
        return Response({})


class Tag(RepoView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["commits"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Tag the revision in the address as {tag}, with {message} if there is one."""
        data = self.json()
        name, message = data.get("tag"), data.get("message")
        if not isinstance(name, str) or not isinstance(message, str | None):
            raise Invalid("Give the tag's name as “tag”, and its message as text or not at all.")
        create_tag(actor=self.actor, repo=self.repo, name=name, target=self.revision, message=message or "")
        return Response({})

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["commits"])
    def delete(self, _request: Request, **_kwargs: Any) -> Response:
        """Delete the tag in the address."""
        delete_tag(actor=self.actor, repo=self.repo, name=self.revision)
        return Response({})
