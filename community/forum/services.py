"""Make and change categories: staff's work, until a vote does it."""

from django.db import IntegrityError, transaction

from community.discussions.queries import is_staff
from community.forum.errors import CategoryForbidden, SlugInvalid, SlugTaken
from community.forum.models import Category
from community.forum.rules import is_slug
from community.members.actors import Actor


def check_staff(actor: Actor) -> None:
    """Raises `CategoryForbidden`."""
    if not is_staff(actor):
        raise CategoryForbidden


def save_category(  # noqa: PLR0913 (all by keyword)
    *, actor: Actor, category: Category | None, slug: str, name: str, description: str, position: int
) -> Category:
    """Change `category`, or make one. Raises `CategoryForbidden`, `SlugInvalid`, `SlugTaken`."""
    check_staff(actor)
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
