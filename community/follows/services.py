"""Follow members and organisations, and stop again. Both may be repeated."""

from django.db import transaction
from django.utils.translation import gettext as _

from community.follows.models import Follow
from community.members.actors import Actor
from community.members.models import Namespace
from community.members.queries import acting_member
from hub.core.errors import Invalid


@transaction.atomic
def follow(*, actor: Actor, namespace: Namespace) -> None:
    """Raises `Invalid` for oneself, and what `acting_member` raises."""
    user = acting_member(actor)
    if user.namespace_id == namespace.pk:
        raise Invalid(_("You cannot follow yourself."))
    Follow.objects.get_or_create(follower=user, namespace=namespace)


@transaction.atomic
def unfollow(*, actor: Actor, namespace: Namespace) -> None:
    Follow.objects.filter(follower=acting_member(actor), namespace=namespace).delete()
