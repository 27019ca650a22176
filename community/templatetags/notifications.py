"""What pages show of notifications: ``{% load notifications %}``."""

from django import template

from community.discussions.models import Thread
from community.members.models import User
from community.notifications import queries

register = template.Library()


@register.simple_tag
def unread_notifications(member: User) -> str:
    """How many are unread, in few characters; "" for none."""
    count = queries.unread_count(member)
    return "" if not count else str(count) if count <= queries.MOST_COUNTED else f"{queries.MOST_COUNTED}+"


@register.simple_tag
def follow_level(member: User, thread: Thread) -> str:
    return queries.level_of(member, thread)
