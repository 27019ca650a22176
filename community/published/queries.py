"""The pages as they are now: of each address the newest version."""

from django.db.models import Max, QuerySet

from community.governance.models import PublishedPage
from community.published.errors import PageNotFound


def page_at(slug: str) -> PublishedPage | None:
    return PublishedPage.objects.filter(slug=slug).order_by("-pk").first()


def versions_of(slug: str) -> list[PublishedPage]:
    """All that was ever published there, newest first. Raises `PageNotFound` for none."""
    versions = list(PublishedPage.objects.filter(slug=slug).order_by("-pk"))
    if not versions:
        raise PageNotFound
    return versions


def current_pages() -> QuerySet[PublishedPage]:
    """By title."""
    newest = PublishedPage.objects.values("slug").annotate(newest=Max("pk")).values("newest")
    return PublishedPage.objects.filter(pk__in=newest).order_by("title", "pk")
