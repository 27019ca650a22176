"""What moderation says near what it is about: ``{% load moderation %}``."""

from django import template
from django.db.models import QuerySet

from community.discussions.models import Thread
from community.moderation.models import ModerationAction
from community.moderation.queries import suspensions

register = template.Library()


@register.simple_tag
def suspensions_in(thread: Thread) -> QuerySet[ModerationAction]:
    """Of decisions about a thread and its comments, under way: one query."""
    return suspensions().filter(thread=thread)
