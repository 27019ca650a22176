"""Collections as Hub clients make, fill and list them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid, NotFound
from models_app.collections.models import Collection, CollectionItem
from models_app.collections.queries import (
    SORTS,
    first_items,
    get_collection,
    has_upvoted,
    items_of,
    visible_collections,
    with_repo,
)
from models_app.collections.services import (
    Changes,
    add_item,
    create_collection,
    delete_collection,
    remove_item,
    update_collection,
    update_item,
)
from models_app.hfapi.converters import KINDS
from models_app.hfapi.http import HubView
from models_app.hfapi.lists import listed
from models_app.hfapi.parameters import words
from models_app.hfapi.representations import JSONObject, object_id, timestamp
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import get_repo

_LISTED_ITEMS = 4  # as many as clients document
_JSON: dict[str, Any] = {"request": OpenApiTypes.OBJECT, "responses": OpenApiTypes.OBJECT, "tags": ["collections"]}


class Collections(HubView):
    @extend_schema(
        operation_id="list_collections",
        responses=OpenApiTypes.OBJECT,
        tags=["collections"],
        parameters=[
            OpenApiParameter("owner", str, many=True),
            OpenApiParameter("item", str, many=True, description="models/owner/name, datasets/owner/name, …"),
            OpenApiParameter("sort", str, enum=list(SORTS)),
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str),
        ],
    )
    def get(self, request: Request) -> Response:
        """The collections that the caller may see, each with its first four items."""
        sort = request.query_params.get("sort") or "lastModified"
        if sort not in SORTS:
            raise Invalid(f"sort must be one of {', '.join(SORTS)}.")
        return listed(request, self._wanted(request), [SORTS[sort]], self._rows)

    def _wanted(self, request: Request) -> QuerySet[Collection]:
        collections = visible_collections(self.actor)
        owners = words(request, "owner")
        if owners:
            collections = collections.filter(namespace__name__lower__in=[owner.lower() for owner in owners])
        for item in words(request, "item"):
            prefix, _slash, full_id = item.partition("/")
            try:
                repo = get_repo(self.actor, KINDS[prefix], full_id)
            except (KeyError, RepoNotFound):  # what is not there is in no collection
                return collections.none()
            collections = with_repo(collections, repo)
        return collections

    def _rows(self, collections: Sequence[Collection]) -> list[JSONObject]:
        items = first_items(self.actor, collections, _LISTED_ITEMS)
        # Without their positions: clients number the rows themselves, and break off at a second number.
        return [_collection(row, items[row.pk]) for row in collections]

    @extend_schema(operation_id="create_collection", **_JSON)
    def post(self, _request: Request) -> Response:
        """Make a collection from {title, namespace, description, private}."""
        data = self.json()
        namespace = data.get("namespace") or (self.actor.user.username if self.actor.user else "")
        if not isinstance(namespace, str):
            raise Invalid("namespace must be text.")
        collection = create_collection(actor=self.actor, namespace=namespace, changes=_changes(data))
        return Response(_whole(collection, []))


class CollectionView(HubView):
    def collection(self) -> Collection:
        return get_collection(self.actor, f"{self.kwargs['namespace']}/{self.kwargs['slug']}")

    def described(self, collection: Collection) -> JSONObject:
        described = _whole(collection, items_of(self.actor, collection))
        return described | {"isUpvotedByUser": has_upvoted(self.actor, collection)}


class OneCollection(CollectionView):
    @extend_schema(operation_id="get_collection", responses=OpenApiTypes.OBJECT, tags=["collections"])
    def get(self, _request: Request, **_kwargs: Any) -> Response:
        """A collection with those of its items that the caller may see. Old words of its address keep working."""
        return Response(self.described(self.collection()))

    @extend_schema(operation_id="update_collection", **_JSON)
    def patch(self, _request: Request, **_kwargs: Any) -> Response:
        """Change some of {title, description, theme, private, position}."""
        collection = self.collection()
        update_collection(actor=self.actor, collection=collection, changes=_changes(self.json()))
        return Response({"data": self.described(collection)})

    @extend_schema(operation_id="delete_collection", responses=OpenApiTypes.OBJECT, tags=["collections"])
    def delete(self, _request: Request, **_kwargs: Any) -> Response:
        """Delete the collection; what it holds stays."""
        delete_collection(actor=self.actor, collection=self.collection())
        return Response({})


class Items(CollectionView):
    @extend_schema(operation_id="add_collection_item", **_JSON)
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Append {item: {id, type}, note}. The answer is the collection."""
        data, collection = self.json(), self.collection()
        target = self._target(data.get("item"))
        add_item(actor=self.actor, collection=collection, target=target, note=_text(data, "note") or "")
        return Response(self.described(collection))

    def _target(self, item: Any) -> Repo | Collection:
        match item:
            case {"id": str(full_id), "type": str(kind)}:
                pass
            case _:
                raise Invalid("Give the item as {id, type}.")
        if kind in RepoKind.values:
            return get_repo(self.actor, kind, full_id)
        if kind == "collection":
            return get_collection(self.actor, full_id)
        raise NotFound(f"This hub has nothing of type {kind[:40]!r}.")


class OneItem(CollectionView):
    @extend_schema(operation_id="update_collection_item", **_JSON)
    def patch(self, _request: Request, item: str, **_kwargs: Any) -> Response:
        """Change the {note}, or move the item to {position} among those that the caller sees."""
        data, collection = self.json(), self.collection()
        note, position = _text(data, "note"), _number(data, "position")
        update_item(actor=self.actor, collection=collection, item_id=item, note=note, position=position)
        return Response({"data": self.described(collection)})

    @extend_schema(operation_id="delete_collection_item", responses=OpenApiTypes.OBJECT, tags=["collections"])
    def delete(self, _request: Request, item: str, **_kwargs: Any) -> Response:
        """Take an item out of the collection."""
        remove_item(actor=self.actor, collection=self.collection(), item_id=item)
        return Response({})


def _changes(data: JSONObject) -> Changes:
    private = data.get("private")
    if not isinstance(private, bool | None):
        raise Invalid("private must be true or false.")
    return Changes(
        title=_text(data, "title"),
        description=_text(data, "description"),
        theme=_text(data, "theme"),
        private=private,
        position=_number(data, "position"),
    )


def _text(data: JSONObject, name: str) -> str | None:
    value = data.get(name)
    if not isinstance(value, str | None):
        raise Invalid(f"{name} must be text.")
    return value


def _number(data: JSONObject, name: str) -> int | None:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise Invalid(f"{name} must be a whole number.")
    return value


def _whole(collection: Collection, items: Sequence[CollectionItem]) -> JSONObject:
    return _collection(collection, items) | {"position": collection.position}


def _collection(collection: Collection, items: Sequence[CollectionItem]) -> JSONObject:
    return {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "owner": collection.namespace.name,
        "theme": collection.theme,
        "private": collection.private,
        "upvotes": collection.upvotes,
        "lastUpdated": timestamp(collection.updated_at),
        "items": [_item(item, place) for place, item in enumerate(items)],
    }


def _item(item: CollectionItem, place: int) -> JSONObject:
    """`place` counts what the caller sees."""
    described: JSONObject = {"_id": item.object_id, "position": place}
    if item.note:
        described["note"] = {"text": item.note}
    if item.repo is not None:
        return described | _repo(item.repo)
    if item.linked is not None:
        linked = item.linked
        described |= {"type": "collection", "id": object_id(linked.pk), "slug": linked.slug, "title": linked.title}
    return described


def _repo(repo: Repo) -> JSONObject:
    described: JSONObject = {
        "type": repo.kind,
        "id": repo.full_id,
        "author": repo.namespace.name,
        "private": repo.private,
        "gated": repo.gated or False,
        "downloads": repo.downloads,
        "likes": repo.likes,
        "lastModified": timestamp(repo.last_modified),
    }
    return described | ({"pipeline_tag": repo.pipeline_tag} if repo.pipeline_tag else {})
