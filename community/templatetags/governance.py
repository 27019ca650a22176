"""What pages of governance show: ``{% load governance %}``."""

from datetime import UTC, datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from community.governance.agenda import what_ends
from community.governance.models import State
from community.governance.words import KIND_PURPOSES, KIND_TITLES, METHOD_TITLES, Text, colour_of

register = template.Library()


@register.filter
def svg(length: float) -> str:
    """A length for an SVG attribute: never with a decimal comma."""
    return f"{length:.2f}"


@register.simple_tag
def deadline(when: datetime) -> SafeString:
    """The moment to the minute in UTC; a script adds the reader's own time (static/js/times.js)."""
    utc = when.astimezone(UTC)
    text = f"{date_format(utc, 'DATE_FORMAT')}, {utc:%H:%M}"
    return format_html('<time data-local datetime="{}">{} UTC</time>', utc.isoformat(), text)


@register.filter
def what_ends_with(state: str) -> Text:
    return what_ends(state)


@register.filter
def verb_title(verb: str) -> Text:
    """Of a line of the log."""
    state = verb.removeprefix("proposal.")
    return State(state).label if state in State.values else verb


@register.filter
def moment_of(text: str) -> datetime:
    """As the log writes it."""
    return datetime.fromisoformat(text)


@register.filter
def kind_title(kind: str) -> Text:
    return KIND_TITLES[kind]


@register.filter
def kind_purpose(kind: str) -> Text:
    return KIND_PURPOSES[kind]


@register.filter
def method_title(method: str) -> Text:
    return METHOD_TITLES[method]


@register.filter
def state_colour(state: str) -> str:
    return colour_of(state)
