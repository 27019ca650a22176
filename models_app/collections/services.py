"""Make, change, fill and delete collections."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import Namespace
from community.members.queries import may_write_namespace
from community.members.rules import name_problem
from hub.core.errors import Invalid
from hub.core.jsondata import storable_text
from models_app.collections.errors import CollectionForbidden, CollectionFull, CollectionTaken, ItemThere
from models_app.collections.models import Collection, CollectionItem, Theme
from models_app.collections.queries import check_write, get_collection, get_item, visible_items
from models_app.collections.rules import LARGEST_POSITION, MAX_DESCRIPTION, MAX_ITEMS, MAX_NOTE, MAX_TITLE
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos


@dataclass(frozen=True)
class Changes:
    """New values of a collection; None leaves one as it is."""

    title: str | None = None
    description: str | None = None
    theme: str | None = None
    private: bool | None = None
    position: int | None = None

    def given(self) -> dict[str, Any]:
        given = {name: value for name, value in vars(self).items() if value is not None}
        return {name: _clean(value) if isinstance(value, str) else value for name, value in given.items()}

    def check(self) -> None:
        """Raises `Invalid`."""
        if self.title is not None and not 0 < len(self.title.strip()) <= MAX_TITLE:
            raise Invalid(_("A title has 1 to %d characters.") % MAX_TITLE)
        if self.description is not None and len(self.description) > MAX_DESCRIPTION:
            raise Invalid(_("A description has at most %d characters.") % MAX_DESCRIPTION)
        if self.theme is not None and self.theme not in Theme.values:
            raise Invalid(_("The theme is one of %s.") % ", ".join(Theme.values))
        _check_position(self.position)


def create_collection(*, actor: Actor, namespace: str, changes: Changes) -> Collection:
    """A collection in `namespace` with the values of `changes`, of which the title must be one.

    Raises `Invalid`, `CollectionForbidden`, and `CollectionTaken` when this owner has one of that title.
    """
    owner = _owner(actor, namespace)
    changes.check()
    if changes.title is None:
        raise Invalid(_("Give the collection a title."))
    collection = Collection(namespace=owner, creator=actor.user, **changes.given())
    _save(collection)
    return collection


def _owner(actor: Actor, namespace: str) -> Namespace:
    found = None if name_problem(namespace) else Namespace.objects.filter(name__lower=namespace.lower()).first()
    if found is None or not may_write_namespace(actor, found):
        raise CollectionForbidden
    return found


def update_collection(*, actor: Actor, collection: Collection, changes: Changes) -> None:
    """Raises `Invalid`, `CollectionForbidden`, `CollectionTaken`."""
    check_write(actor, collection)
    changes.check()
    for name, value in changes.given().items():
        setattr(collection, name, value)
    collection.updated_at = timezone.now()
    _save(collection, [*changes.given(), "updated_at"])


def _clean(text: str) -> str:
    return storable_text(text).strip()


def _save(collection: Collection, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            collection.save(update_fields=fields)
    except IntegrityError:  # the constraint decides between two who take one title at once
        same = Collection.objects.select_related("namespace").filter(namespace=collection.namespace)
        taken = same.filter(title__lower=collection.title.lower()).first()
        if taken is None:
            raise
        raise CollectionTaken(collection.title, taken.slug) from None


@transaction.atomic
def delete_collection(*, actor: Actor, collection: Collection) -> None:
    check_write(actor, collection)
    collection.delete()


@transaction.atomic
def add_item(*, actor: Actor, collection: Collection, target: Repo | Collection, note: str = "") -> CollectionItem:
    """Append `target`. Raises `ItemThere`, `CollectionFull`, and as missing whatever `actor` may not see."""
    check_write(actor, collection)
    _check_note(note)
    linked = _check_target(actor, collection, target)
    _touch(collection)
    items = CollectionItem.objects.filter(collection=collection)
    if items.filter(**linked).exists():
        raise ItemThere
    if items.count() >= MAX_ITEMS:
        raise CollectionFull
    last = items.aggregate(last=Max("position"))["last"]
    return CollectionItem.objects.create(
        collection=collection, note=_clean(note), position=0 if last is None else last + 1, **linked
    )


def _check_target(actor: Actor, collection: Collection, target: Repo | Collection) -> dict[str, Any]:
    if isinstance(target, Repo):
        if not visible_repos(actor).filter(pk=target.pk).exists():
            raise RepoNotFound
        return {"repo": target}
    if target.pk == collection.pk:
        raise Invalid(_("A collection cannot hold itself."))
    return {"linked": get_collection(actor, target.slug)}


@transaction.atomic
def update_item(
    *, actor: Actor, collection: Collection, item_id: str, note: str | None = None, position: int | None = None
) -> None:
    """Change the note, or move the item to `position` (0: first) among those that `actor` sees.

    Raises `ItemNotFound`, `Invalid`.
    """
    check_write(actor, collection)
    _check_note(note or "")
    _check_position(position)
    _touch(collection)
    item = get_item(actor, collection, item_id)
    if note is not None:
        item.note = _clean(note)
        item.save(update_fields=["note"])
    if position is not None:
        _move(actor, collection, item, position)


def _move(actor: Actor, collection: Collection, item: CollectionItem, position: int) -> None:
    """Items that the actor does not see keep their places beside their neighbours."""
    others = list(CollectionItem.objects.filter(collection=collection).exclude(pk=item.pk))
    seen = set(visible_items(actor).filter(collection=collection).values_list("pk", flat=True))
    places = [place for place, other in enumerate(others) if other.pk in seen]
    others.insert(places[position] if position < len(places) else len(others), item)
    for place, other in enumerate(others):
        other.position = place
    CollectionItem.objects.bulk_update(others, ["position"])


@transaction.atomic
def remove_item(*, actor: Actor, collection: Collection, item_id: str) -> None:
    """Raises `ItemNotFound`."""
    check_write(actor, collection)
    _touch(collection)
    get_item(actor, collection, item_id).delete()


def _touch(collection: Collection) -> None:
    """Note the change, and hold the row: two who add or move at once would give two items one place."""
    collection.updated_at = timezone.now()
    Collection.objects.filter(pk=collection.pk).update(updated_at=collection.updated_at)


def _check_note(note: str) -> None:
    if len(note) > MAX_NOTE:
        raise Invalid(_("A note has at most %d characters.") % MAX_NOTE)


def _check_position(position: int | None) -> None:
    if position is not None and not 0 <= position <= LARGEST_POSITION:
        raise Invalid(_("A position is a whole number from 0 up."))
