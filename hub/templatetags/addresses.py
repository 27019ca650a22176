"""Filters and pages in the query string: ``{% load addresses %}``."""

from django import template
from django.http import HttpRequest, QueryDict

register = template.Library()
PAGE_KEYS = ("cursor", "page")  # a place in a list means nothing in another list


@register.simple_tag(takes_context=True)
def toggled(context: template.Context, key: str, value: str) -> str:
    """``{% toggled "licence" "MIT" %}``: this page with `value` among the values of `key`, or without it."""
    query = _query(context)
    values = query.getlist(key)
    query.setlist(key, [item for item in values if item != value] if value in values else [*values, value])
    return _address(context, query)


@register.simple_tag(takes_context=True)
def without(context: template.Context, *keys: str) -> str:
    """``{% without "licence" %}``: this page with those filters off."""
    query = _query(context)
    for key in keys:
        query.pop(key, None)
    return _address(context, query)


def _query(context: template.Context) -> QueryDict:
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key in PAGE_KEYS:
        query.pop(key, None)
    return query


def _address(context: template.Context, query: QueryDict) -> str:
    """Never empty: an empty ``href`` would keep the query string of the page it stands on."""
    path: str = context["request"].path
    return f"{path}?{query.urlencode()}" if query else path
