"""Lists of repos, with the filters of the Hub."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.counts import parse_count
from hub.core.errors import Invalid
from hub.core.pagination import page
from models_app.gitstore.repository import GitRepository
from models_app.hfapi.http import HubView
from models_app.hfapi.parameters import expanded, flag, next_link, whole_number, words
from models_app.hfapi.representations import EXPANDABLE, FULL_FIELDS, LIST_FIELDS, Snapshot, repo_object
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from models_app.search.filters import named, tagged

_PAGE = 100
_LARGEST_PAGE = 1000
_SORTS = {
    "createdAt": "-created_at",
    "downloads": "-downloads",
    "lastModified": "-last_modified",
    "likes": "-downloads",
    "trendingScore": "-last_modified",
}
_BOUNDS = {"min": "parameter_count__gte", "max": "parameter_count__lte"}


class RepoList(HubView):
    @extend_schema(
        operation_id="list_repos",
        responses={200: OpenApiTypes.OBJECT},
        tags=["repos"],
        parameters=[
            OpenApiParameter("search", str, description="Words of the id."),
            OpenApiParameter("author", str),
            OpenApiParameter("filter", str, many=True, description="Tags that all must be there, e.g. license:mit."),
            OpenApiParameter("pipeline_tag", str),
            OpenApiParameter("num_parameters", str, description="min:6B,max:128B"),
            OpenApiParameter("sort", str, enum=list(_SORTS)),
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str, description="From the Link header of the page before."),
            OpenApiParameter("full", bool),
            OpenApiParameter("config", bool),
            OpenApiParameter("cardData", bool),
            OpenApiParameter("expand", str, many=True, enum=list(EXPANDABLE)),
        ],
    )
    def get(self, request: Request, kind: str) -> Response:
        """The repos that the caller may see and that match, page by page."""
        chosen = expanded(request)
        fields = chosen or _default_fields(request)
        repos, cursor = page(
            _matching(visible_repos(self.actor, kind), request).prefetch_related("tag_rows"),
            [_order(request)],
            request.query_params.get("cursor"),
            whole_number(request, "limit", default=_PAGE, largest=_LARGEST_PAGE),
        )
        rows = [_row(repo, fields) for repo in repos]
        if not chosen:
            rows = [row | {"modelId": row["id"]} for row in rows]
        response = Response(rows)
        if cursor is not None:
            response["Link"] = next_link(request, cursor)
        return response


def _default_fields(request: Request) -> list[str]:
    full = flag(request, "full")
    extra = [name for name in ("config", "cardData") if flag(request, name) or (full and name == "cardData")]
    return [*LIST_FIELDS, *(FULL_FIELDS if full else ()), *extra]


def _row(repo: Repo, fields: list[str]) -> dict[str, Any]:
    snapshot = Snapshot.of_head(repo)
    if "siblings" in fields:
        entries = GitRepository.open(repo.storage_id).entries(repo.head_sha, recursive=True)
        snapshot = Snapshot(repo=repo, sha=repo.head_sha, last_modified=repo.last_modified, entries=list(entries))
    return repo_object(snapshot, fields)


def _order(request: Request) -> str:
    sort = request.query_params.get("sort") or "trendingScore"
    if sort not in _SORTS:
        raise Invalid(f"sort must be one of {', '.join(_SORTS)}.")
    return _SORTS[sort]


def _matching(repos: QuerySet[Repo], request: Request) -> QuerySet[Repo]:
    for text in words(request, "search"):
        for word in text.split():
            repos = repos.filter(named(word))
    for author in words(request, "author"):
        repos = repos.filter(namespace__name__iexact=author)
    for tag in words(request, "filter") + words(request, "pipeline_tag"):
        repos = repos.filter(tagged(tag))
    return repos.filter(_parameters(words(request, "num_parameters")))


def _parameters(bounds: list[str]) -> Q:
    """``min:6B``, ``max:128B`` → bounds of the parameter count."""
    condition = Q()
    for bound in bounds:
        side, _colon, count = bound.partition(":")
        try:
            condition &= Q(**{_BOUNDS[side.lower()]: parse_count(count)})
        except (KeyError, ValueError):
            raise Invalid("num_parameters must look like min:6B,max:128B.") from None
    return condition
