"""Kinds of attention in words: ``{% load attention %}``."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()
_PARTS = {
    "encoder": (_("Encoder"), _("Every token sees all others, before and after it.")),
    "decoder": (_("Decoder"), _("A token sees itself and what stands before it; the rest is masked.")),
    "cross": (_("Cross attention"), _("Each token that is written looks at the tokens of the source.")),
    "content": (_("Content stream"), _("A token sees itself and what stands before it, in the order of the text.")),
    "query": (
        _("Query stream"),
        _("What predicts a token: it knows the place, not the token there, and sees what stands before it."),
    ),
}


@register.filter
def part_label(part: str) -> str:
    return str(_PARTS[part][0])


@register.filter
def part_hint(part: str) -> str:
    return str(_PARTS[part][1])
