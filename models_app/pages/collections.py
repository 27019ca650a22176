"""Collections: the list, one of them, its upvotes, and the form that makes or changes one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.members.auth import actor_of
from community.members.queries import get_owner, writable_namespaces
from hub.core.errors import DomainError
from hub.core.pagination import page
from models_app.collections import queries, services
from models_app.collections.models import Collection
from models_app.collections.upvotes import upvote, withdraw
from models_app.pages.collection_forms import CollectionForm

PAGE_SIZE = 24
PREVIEW = 4


@require_safe
def list_page(request: HttpRequest, namespace: str = "") -> HttpResponse:
    """All collections, or those of one owner, that the visitor may see."""
    actor = actor_of(request)
    sort = request.GET.get("sort", "")
    order = queries.SORTS.get(sort, queries.SORTS["lastModified"])
    collections = queries.visible_collections(actor)
    owner = get_owner(namespace) if namespace else None
    if owner is not None:
        collections = collections.filter(namespace=owner)
    found, next_cursor = page(collections, [order], request.GET.get("cursor"), PAGE_SIZE)
    previews = queries.first_items(actor, found, PREVIEW)
    shown = {
        "owner": owner,
        "sort": sort if sort in queries.SORTS else "lastModified",
        "collections": [(collection, previews[collection.pk]) for collection in found],
        "next_cursor": next_cursor,
    }
    return render(request, "models_app/collections/list.html", shown)


@require_safe
def collection_page(request: HttpRequest, namespace: str, slug: str) -> HttpResponse:
    actor = actor_of(request)
    collection = queries.get_collection(actor, f"{namespace}/{slug}")
    shown = {
        "collection": collection,
        "items": queries.items_of(actor, collection),
        "may_write": queries.may_write(actor, collection),
        "upvoted": queries.has_upvoted(actor, collection),
    }
    return render(request, "models_app/collections/page.html", shown)


@login_required
@require_POST
def vote(request: HttpRequest, namespace: str, slug: str) -> HttpResponse:
    """Vote the collection up, or with ``upvote=0`` take it back."""
    actor = actor_of(request)
    collection = queries.get_collection(actor, f"{namespace}/{slug}")
    act = withdraw if request.POST.get("upvote") == "0" else upvote
    act(actor=actor, collection=collection)
    return _to(collection)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    sent = request.POST if request.method == "POST" else None
    form = CollectionForm(sent, namespaces=writable_namespaces(actor), initial={"owner": request.GET.get("owner")})
    if form.is_valid():
        try:
            owner = form.cleaned_data["owner"]
            collection = services.create_collection(actor=actor, namespace=owner, changes=form.changes())
        except DomainError as error:
            form.add_error("title", error.message)
        else:
            return _to(collection)
    return render(request, "models_app/collections/form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_page(request: HttpRequest, namespace: str, slug: str) -> HttpResponse:
    actor = actor_of(request)
    collection = queries.get_collection(actor, f"{namespace}/{slug}")
    queries.check_write(actor, collection)
    sent = request.POST if request.method == "POST" else None
    form = CollectionForm(sent, initial=CollectionForm.values_of(collection))
    if form.is_valid():
        try:
            services.update_collection(actor=actor, collection=collection, changes=form.changes())
        except DomainError as error:
            form.add_error("title", error.message)
        else:
            return _to(collection)
    shown = {"form": form, "collection": collection}
    return render(request, "models_app/collections/form.html", shown, status=422 if form.errors else 200)


@login_required
@require_POST
def delete(request: HttpRequest, namespace: str, slug: str) -> HttpResponse:
    actor = actor_of(request)
    collection = queries.get_collection(actor, f"{namespace}/{slug}")
    services.delete_collection(actor=actor, collection=collection)
    messages.success(request, _("%(name)s was deleted.") % {"name": collection.title})
    return redirect("owner-collections", collection.namespace.name)


def _to(collection: Collection) -> HttpResponse:
    return redirect(f"/collections/{collection.slug}")
