"""What a collection holds: add a repo from its page, order, annotate and remove items."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.members.actors import Actor
from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.collections import queries, services
from models_app.collections.models import Collection
from models_app.collections.rules import MAX_NOTE
from models_app.pages.addresses import repo_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import RepoKind


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collect_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """The collections that a repo can be put into; when sent, it is put into the one of ``slug``."""
    actor = actor_of(request)
    repo = open_repo(request, namespace, name, kind)
    if request.method == "POST":
        collection = queries.get_collection(actor, request.POST.get("slug", ""))
        note = request.POST.get("note", "")
        try:
            services.add_item(actor=actor, collection=collection, target=repo, note=note)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Added to %(name)s.") % {"name": collection.title})
        return redirect(repo_path(repo, "collect"))
    collections = queries.writable_collections(actor)
    holding = queries.with_repo(queries.visible_collections(actor), repo)
    shown = {
        "collections": collections,
        "holding": set(holding.filter(pk__in=[row.pk for row in collections]).values_list("pk", flat=True)),
        "max_note": MAX_NOTE,
    }
    return render(request, "models_app/collections/collect.html", repo_context(request, repo, "collect") | shown)


@login_required
@require_POST
def change_item(request: HttpRequest, namespace: str, slug: str, item: str) -> HttpResponse:
    """``do``: up, down, remove, or note with its text in ``note``; then back to the collection."""
    actor = actor_of(request)
    collection = queries.get_collection(actor, f"{namespace}/{slug}")
    try:
        _change(actor, collection, item, request.POST.get("do", ""), request.POST.get("note", ""))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(f"/collections/{collection.slug}#items")


def _change(actor: Actor, collection: Collection, item: str, action: str, note: str) -> None:
    if action == "remove":
        services.remove_item(actor=actor, collection=collection, item_id=item)
    elif action == "note":
        services.update_item(actor=actor, collection=collection, item_id=item, note=note)
    elif action in {"up", "down"}:
        moved = queries.get_item(actor, collection, item)
        order = [other.pk for other in queries.items_of(actor, collection)]
        place = order.index(moved.pk) + (1 if action == "down" else -1)
        services.update_item(actor=actor, collection=collection, item_id=item, position=max(0, place))
