"""Followers and the followed. Members who left are in no list and no count."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from community.follows.models import Follow
from community.members.actors import Actor
from community.members.models import Namespace, User


def followers_of(namespace: Namespace) -> QuerySet[Follow]:
    """The follows of `namespace` with ``.follower.namespace`` joined."""
    return Follow.objects.filter(namespace=namespace, follower__is_active=True).select_related("follower__namespace")


def followed_by(user: User) -> QuerySet[Follow]:
    """The follows of `user` with ``.namespace`` and its owner (``.user`` or ``.organization``) joined."""
    there = Q(namespace__user__is_active=True) | Q(namespace__organization__isnull=False)
    follows = Follow.objects.filter(there, follower=user)
    return follows.select_related("namespace__user", "namespace__organization")


def followed_among(actor: Actor, namespace_ids: Iterable[int]) -> set[int]:
    """Which of the namespaces `actor` follows: one query, none for strangers."""
    if actor.user is None:
        return set()
    follows = Follow.objects.filter(follower=actor.user, namespace_id__in=list(namespace_ids))
    return set(follows.values_list("namespace_id", flat=True))


def is_following(actor: Actor, namespace: Namespace) -> bool:
    return bool(followed_among(actor, [namespace.pk]))
