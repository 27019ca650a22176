"""Lists of models, datasets and spaces. All of their state is in the address."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.members.auth import actor_of
from models_app.pages.kinds import counted, words_of
from models_app.pages.snippets import upload_commands
from models_app.repos.models import RepoKind
from models_app.search.queries import FacetValue, RepoSearch, search_repos

_NOT_FILTERS = {"sort", "cursor"}


@dataclass(frozen=True)
class Facet:
    """A group of check boxes; `name` is the parameter in the address."""

    name: str
    label: str
    values: list[FacetValue]


@require_safe
def models_page(request: HttpRequest) -> HttpResponse:
    return _list(request, RepoKind.MODEL)


@require_safe
def datasets_page(request: HttpRequest) -> HttpResponse:
    return _list(request, RepoKind.DATASET)


@require_safe
def spaces_page(request: HttpRequest) -> HttpResponse:
    return _list(request, RepoKind.SPACE)


def _list(request: HttpRequest, kind: RepoKind) -> HttpResponse:
    found = search_repos(actor_of(request), kind, request.GET)
    shown = {
        "search": found,
        "form": found.filter.form,
        "facets": _facets(found),
        "kind": kind.value,
        "words": words_of(kind),
        "counted": counted(kind, found.total),
        "others": [(f"{other}s", words_of(other).plural) for other in RepoKind if other != kind],
        "filtered": any(value for name in set(request.GET) - _NOT_FILTERS for value in request.GET.getlist(name)),
        "upload_commands": upload_commands(f"me/my-{kind}", kind),
    }
    return render(request, "models_app/pages/listing.html", shown)


def _facets(found: RepoSearch) -> list[Facet]:
    """The groups that have something to choose, in the order people look for them."""
    labels = {"task": _("Task"), "licence": _("Licence"), "library": _("Library")}
    return [Facet(name, label, found.facets[name]) for name, label in labels.items() if found.facets[name]]
