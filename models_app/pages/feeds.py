"""New models as Atom feeds: of all, and of one member or organisation."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.members.actors import ANONYMOUS
from community.members.queries import get_owner
from hub.core.feeds import LENGTH, Entry, atom
from models_app.repos.addresses import repo_path
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import visible_repos


@require_safe
def models_feed(request: HttpRequest) -> HttpResponse:
    return _feed(request, _("Models"), reverse("models"), visible_repos(ANONYMOUS, RepoKind.MODEL))


@require_safe
def owner_feed(request: HttpRequest, name: str) -> HttpResponse:
    owner = get_owner(name)
    models = visible_repos(ANONYMOUS, RepoKind.MODEL).filter(namespace=owner)
    return _feed(request, owner.name, reverse("profile", args=[owner.name]), models)


def _feed(request: HttpRequest, title: str, address: str, models: QuerySet[Repo]) -> HttpResponse:
    entries = [
        Entry(
            title=repo.full_id,
            address=repo_path(repo),
            updated=repo.last_modified,
            published=repo.created_at,
            author=repo.namespace.name,
        )
        for repo in models.order_by("-created_at", "-pk")[:LENGTH]
    ]
    return atom(request, title=title, address=address, entries=entries)
