"""Who stands as the author of a commit that the hub makes for a caller."""

from urllib.parse import urlsplit

from django.conf import settings

from community.members.actors import Actor
from models_app.gitstore.objects import Author


def author_of(actor: Actor) -> Author:
    """`actor`'s user name with an address at this hub: commits are public, e-mail addresses are not."""
    name = actor.user.username if actor.user is not None else settings.HUB_NAME
    return Author(name=name, email=f"{name.lower()}@users.noreply.{urlsplit(settings.PUBLIC_URL).hostname}")
