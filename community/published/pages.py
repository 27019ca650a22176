"""What votes published, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.published import queries
from community.published.errors import PageNotFound
from hub.core.markdown.rendering import Base, render_once


@require_safe
def index_page(request: HttpRequest) -> HttpResponse:
    return render(request, "community/published/index.html", {"pages": queries.current_pages()})


@require_safe
def published_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest version, or the earlier one that ``?version=`` names."""
    versions = queries.versions_of(slug)
    wanted = request.GET.get("version", str(versions[0].pk))
    page = next((version for version in versions if str(version.pk) == wanted), None)
    if page is None:
        raise PageNotFound
    body = render_once(page.body, Base(media="/", links="/"))
    return render(request, "community/published/page.html", {"page": page, "body": body, "versions": versions})
