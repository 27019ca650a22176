"""Categories and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from community.discussions.models import Thread
from community.discussions.queries import visible_threads
from community.forum.errors import CategoryNotFound
from community.forum.models import Category
from community.forum.subject import KIND
from community.members.actors import Actor


@dataclass(frozen=True)
class Room:
    """A category with how many threads it has, when somebody last wrote in one, and the liveliest of them."""

    category: Category
    threads: int
    updated_at: datetime | None
    latest: Thread | None


def get_category(slug: str) -> Category:
    """Raises `CategoryNotFound`."""
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        raise CategoryNotFound
    return category


def rooms(actor: Actor) -> list[Room]:
    """All categories in order: three queries."""
    threads = visible_threads(actor).filter(board__kind=KIND)
    rows = threads.order_by().values("board__key").annotate(number=Count("pk"), updated=Max("updated_at"))
    lively = {row["board__key"]: row for row in rows}
    newest = threads.filter(updated_at__in=[row["updated"] for row in lively.values()])
    latest = {thread.board.key: thread for thread in newest.order_by("pk")}
    return [
        _room(category, lively.get(category.pk, {}), latest.get(category.pk)) for category in Category.objects.all()
    ]


def _room(category: Category, row: Mapping[str, Any], latest: Thread | None) -> Room:
    return Room(category, row.get("number", 0), row.get("updated"), latest)
