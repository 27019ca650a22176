"""Vote a collection up, and take it back. Both may be repeated: a member counts once."""

from django.db import transaction
from django.db.models import F

from community.members.actors import Actor
from community.members.queries import acting_member
from models_app.collections.models import Collection, Upvote
from models_app.collections.queries import get_collection
from models_app.repos.trending import LIKE, weight


@transaction.atomic
def upvote(*, actor: Actor, collection: Collection) -> None:
    """Raises `CollectionNotFound`, and what `acting_member` raises."""
    user = acting_member(actor)
    get_collection(actor, collection.slug)
    row, created = Upvote.objects.get_or_create(user=user, collection=collection)
    if created:
        _count(collection, 1, weight(LIKE, row.created_at))


@transaction.atomic
def withdraw(*, actor: Actor, collection: Collection) -> None:
    """Raises as `upvote` does."""
    user = acting_member(actor)
    get_collection(actor, collection.slug)
    row = Upvote.objects.filter(user=user, collection=collection).first()
    if row is not None and Upvote.objects.filter(pk=row.pk).delete()[0]:
        _count(collection, -1, -weight(LIKE, row.created_at))


def _count(collection: Collection, number: int, trend: float) -> None:
    Collection.objects.filter(pk=collection.pk).update(upvotes=F("upvotes") + number, trend=F("trend") + trend)
    collection.refresh_from_db(fields=["upvotes", "trend"])
