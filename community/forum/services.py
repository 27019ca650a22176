"""Make and change categories: maintainers' work, or a vote's."""

from django.db import IntegrityError, transaction

from community.discussions.queries import may_take_part
from community.forum.errors import CategoryForbidden, SlugInvalid, SlugTaken
from community.forum.models import Category
from community.forum.rules import is_slug
from community.governance.offices import is_maintainer
from community.members.actors import Actor


def may_edit(actor: Actor) -> bool:
    return may_take_part(actor) and is_maintainer(actor.user)


def check_maintainer(actor: Actor) -> None:
    """Raises `CategoryForbidden`."""
    if not may_edit(actor):
        raise CategoryForbidden


def save_category(  # noqa: PLR0913 (all by keyword)
    *, actor: Actor, category: Category | None, slug: str, name: str, description: str, position: int
) -> Category:
    """Change `category`, or make one. Raises `CategoryForbidden`, `SlugInvalid`, `SlugTaken`."""
    check_maintainer(actor)
    if not is_slug(slug):
        raise SlugInvalid
    saved = category or Category()
    saved.slug, saved.name, saved.description, saved.position = slug, name, description, position
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise SlugTaken from error
    return saved
