"""Words for what templates of discussions show: ``{% load discussions %}``."""

from django import template
from django.utils.translation import gettext as _

from community.discussions.models import ReactionKind

register = template.Library()


@register.simple_tag
def reaction_name(kind: str) -> str:
    return {
        ReactionKind.AGREE: _("Agree"),
        ReactionKind.DISAGREE: _("Disagree"),
        ReactionKind.LOVE: _("Love it"),
        ReactionKind.LAUGH: _("Funny"),
        ReactionKind.CHEER: _("Hooray"),
        ReactionKind.WONDER: _("Puzzled"),
    }[ReactionKind(kind)]


@register.simple_tag
def reaction_choices() -> list[tuple[str, str, str]]:
    """(value, symbol, name) of each reaction."""
    return [(kind.value, str(kind.label), reaction_name(kind)) for kind in ReactionKind]
