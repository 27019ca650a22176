"""Collections and their items, as one actor may see them."""

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from community.members.actors import Actor
from community.members.models import Role, User
from community.members.queries import may_write_repo_in, namespaces_of, readable_namespace_ids, writable_namespaces
from models_app.collections.errors import CollectionForbidden, CollectionNotFound, ItemNotFound
from models_app.collections.models import Collection, CollectionItem, Upvote
from models_app.collections.rules import id_in
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos

SORTS = {"lastModified": "-updated_at", "trending": "-trend", "upvotes": "-upvotes"}


def visible_collections(actor: Actor) -> QuerySet[Collection]:
    """Collections that `actor` may see, each with its namespace joined."""
    own = Q(namespace_id__in=readable_namespace_ids(actor)) if actor.user is not None else Q()
    return Collection.objects.select_related("namespace").filter(Q(private=False) | own)


def get_collection(actor: Actor, slug: str) -> Collection:
    """The collection whose id ends `slug`. Raises `CollectionNotFound`, the same for a missing and a hidden one."""
    row_id = id_in(slug)
    collection = visible_collections(actor).filter(pk=row_id).first() if row_id else None
    if collection is None:
        raise CollectionNotFound
    return collection


def may_write(actor: Actor, collection: Collection) -> bool:
    """As for repos: writers of the namespace any, contributors their own."""
    return may_write_repo_in(actor, collection.namespace, creator_id=collection.creator_id)


def check_write(actor: Actor, collection: Collection) -> None:
    """Raises `CollectionForbidden`, or `CollectionNotFound` to those who may not even see it."""
    if not may_write(actor, collection):
        get_collection(actor, collection.slug)
        raise CollectionForbidden


def visible_items(actor: Actor) -> QuerySet[CollectionItem]:
    """Items whose repo or collection `actor` may see, with it and its namespace joined."""
    seen = Q(repo__in=visible_repos(actor).values("pk")) | Q(linked__in=visible_collections(actor).values("pk"))
    return CollectionItem.objects.filter(seen).select_related("repo__namespace", "linked__namespace")


def items_of(actor: Actor, collection: Collection) -> list[CollectionItem]:
    """The items of `collection` that `actor` may see, in their order."""
    return list(visible_items(actor).filter(collection=collection))


def first_items(actor: Actor, collections: Iterable[Collection], number: int) -> dict[int, list[CollectionItem]]:
    """{collection id: its first `number` visible items}: one query for all of `collections`."""
    found: dict[int, list[CollectionItem]] = {collection.pk: [] for collection in collections}
    place = Window(RowNumber(), partition_by=F("collection"), order_by=[F("position").asc(), F("pk").asc()])
    items = visible_items(actor).filter(collection__in=list(found)).annotate(place=place)
    for item in items.filter(place__lte=number).order_by("collection", "position", "pk"):
        found[item.collection_id].append(item)
    return found


def get_item(actor: Actor, collection: Collection, item_id: str) -> CollectionItem:
    """The visible item with this id, 24 hex digits. Raises `ItemNotFound`."""
    row_id = id_in(item_id)
    item = visible_items(actor).filter(collection=collection, pk=row_id).first() if row_id else None
    if item is None:
        raise ItemNotFound
    return item


def with_repo(collections: QuerySet[Collection], repo: Repo) -> QuerySet[Collection]:
    """Those of `collections` that hold `repo`, which the caller may read."""
    return collections.filter(items__repo=repo)


def writable_collections(actor: Actor) -> list[Collection]:
    """Where `actor` `may_write`, by owner and title: two queries."""
    if actor.user is None:
        return []
    opened = [namespace.pk for namespace in writable_namespaces(actor)]
    any_of = Q(namespace__in=namespaces_of(actor.user, Role.WRITE)) | Q(creator=actor.user)
    collections = Collection.objects.select_related("namespace").filter(any_of, namespace_id__in=opened)
    return list(collections.order_by("namespace__name", "title"))


def has_upvoted(actor: Actor, collection: Collection) -> bool:
    return actor.user is not None and Upvote.objects.filter(user=actor.user, collection=collection).exists()


def upvotes_of(actor: Actor, user: User) -> QuerySet[Upvote]:
    """What `user` voted up of the collections that `actor` may see."""
    return Upvote.objects.filter(user=user, collection__in=visible_collections(actor).values("pk"))
