"""The pages as they are now: of each address the newest version."""

from django.core.cache import cache
from django.db.models import Max, QuerySet

from community.governance.models import PublishedPage
from community.published.errors import PageNotFound
from community.published.rules import CODE_OF_CONDUCT

FOOTER_KEY = "published:code-of-conduct"


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


def code_of_conduct() -> str:
    """The title of the code of conduct, "" without one. Every page asks, so the answer is remembered."""
    title: str | None = cache.get(FOOTER_KEY)
    if title is None:
        page = page_at(CODE_OF_CONDUCT)
        title = page.title if page is not None else ""
        cache.set(FOOTER_KEY, title, timeout=None)
    return title
