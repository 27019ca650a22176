"""Lists of repos, with the filters of the Hub."""

from collections.abc import Sequence
from functools import partial

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.counts import parse_count
from hub.core.errors import Invalid
from models_app.gitstore.repository import GitRepository
from models_app.hfapi.details import Details, details_of
from models_app.hfapi.http import HubView
from models_app.hfapi.lists import listed
from models_app.hfapi.parameters import MAX_WORDS, expanded, flag, words
from models_app.hfapi.representations import (
    EXPANDABLE,
    FULL_FIELDS,
    LIST_FIELDS,
    JSONObject,
    Snapshot,
    repo_object,
)
from models_app.licences.rules import hub_licences
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from models_app.search.filters import carrying, few_first, named, owned_by
from models_app.search.queries import facet_counts

_SORTS = {
    "createdAt": "-created_at",
    "downloads": "-downloads",
    "lastModified": "-last_modified",
    "likes": "-likes",
    "trendingScore": "-trend",
}
_BOUNDS = {"min": "parameter_count__gte", "max": "parameter_count__lte"}
_TAGS = ("filter", "pipeline_tag", "apps")  # an app stands among the tags of the cards that were written for it
_TAGS_OF_A_TYPE = 1000
_INFERENCE = ("inference", "inference_provider")


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
            OpenApiParameter("apps", str, many=True, description="Tags of applications."),
            OpenApiParameter("inference", str, description="This hub runs no inference: any value finds nothing."),
            OpenApiParameter("num_parameters", str, description="min:6B,max:128B"),
            OpenApiParameter("gated", bool, description="Only gated repos, or only others."),
            OpenApiParameter("sort", str, enum=list(_SORTS), description="Always the largest first."),
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
        fields = chosen or [*_default_fields(request), "modelId"]
        repos = _matching(visible_repos(self.actor, kind), request).prefetch_related("tag_rows")
        return listed(request, repos, [_order(request)], partial(self._rows, fields))

    def _rows(self, fields: list[str], repos: Sequence[Repo]) -> list[JSONObject]:
        details = details_of(self.actor, repos, fields)
        return [repo_object(_snapshot(repo, fields, details), fields) for repo in repos]


class TagsByType(HubView):
    @extend_schema(operation_id="tags_by_type", responses={200: OpenApiTypes.OBJECT}, tags=["repos"])
    def get(self, _request: Request, kind: str) -> Response:
        """What lists can be filtered by: tasks and libraries of repos that the caller may see, and all licences."""
        repos = visible_repos(self.actor, kind)
        tasks, libraries = (
            [_tag(type_, value, value) for value, _count in facet_counts(repos, facet, _TAGS_OF_A_TYPE)]
            for type_, facet in (("pipeline_tag", "task"), ("library", "library"))
        )
        licences = [_tag("license", f"license:{known.hub_id}", known.name) for known in hub_licences()]
        return Response({"pipeline_tag": tasks, "library": libraries, "license": licences})


def _tag(type_: str, name: str, label: str) -> JSONObject:
    return {"type": type_, "id": name, "label": label}


def _default_fields(request: Request) -> list[str]:
    full = flag(request, "full")
    extra = [name for name in ("config", "cardData") if flag(request, name) or (full and name == "cardData")]
    return [*LIST_FIELDS, *(FULL_FIELDS if full else ()), *extra]


def _snapshot(repo: Repo, fields: list[str], details: Details) -> Snapshot:
    entries = None
    if "siblings" in fields:
        entries = list(GitRepository.open(repo.storage_id).entries(repo.head_sha, recursive=True))
    return Snapshot(repo=repo, sha=repo.head_sha, last_modified=repo.last_modified, entries=entries, details=details)


def _order(request: Request) -> str:
    sort = request.query_params.get("sort") or "trendingScore"
    if sort not in _SORTS:
        raise Invalid(f"sort must be one of {', '.join(_SORTS)}.")
    return _SORTS[sort]


def _matching(repos: QuerySet[Repo], request: Request) -> QuerySet[Repo]:
    if any(words(request, name) for name in _INFERENCE):
        return repos.none()
    wanted = [word for text in words(request, "search") for word in text.split()]
    if len(wanted) > MAX_WORDS:
        raise Invalid(f"search has more than {MAX_WORDS} words.")
    for word in wanted:
        repos = repos.filter(named(word))
    repos = few_first(repos) if wanted else repos
    for author in words(request, "author"):
        repos = repos.filter(owned_by(author))
    for tag in [tag for name in _TAGS for tag in words(request, name)]:
        repos = carrying(repos, tag)
    if "gated" in request.query_params:
        repos = repos.exclude(gated="") if flag(request, "gated") else repos.filter(gated="")
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
