"""A member's webhooks and what was sent to them; those of others are not there."""

import uuid

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.errors import NotAllowed
from community.members.models import User
from community.members.rules import Permission
from community.webhooks.errors import WebhookNotFound
from community.webhooks.models import Delivery, DeliveryState, Webhook
from hub.core.errors import Unauthenticated


def owner_of(actor: Actor) -> User:
    """The member whose webhooks `actor` may manage. Raises `Unauthenticated`, `NotAllowed`."""
    if actor.user is None:
        raise Unauthenticated(_("Sign in to manage webhooks: send an access token."))
    if not actor.token_allows(Permission.WEBHOOKS):
        raise NotAllowed(_("This token may not manage webhooks: use one with write access."))
    return actor.user


def webhooks_of(actor: Actor) -> QuerySet[Webhook]:
    """The webhooks of the caller with what they follow: two queries."""
    return Webhook.objects.filter(owner=owner_of(actor)).prefetch_related("watched")


def with_counts(webhooks: QuerySet[Webhook]) -> QuerySet[Webhook]:
    """Each also with ``.delivered`` and ``.failed``, the number of deliveries that are kept."""
    return webhooks.annotate(
        delivered=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DELIVERED)),
        failed=Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED)),
    )


def get_webhook(actor: Actor, webhook_id: int) -> Webhook:
    """Raises `WebhookNotFound`, also for the webhooks of others."""
    webhook = webhooks_of(actor).filter(pk=webhook_id).first()
    if webhook is None:
        raise WebhookNotFound
    return webhook


def history(webhook: Webhook, limit: int = 50) -> list[Delivery]:
    """The newest deliveries that were tried at least once: before, its owner may have no right to see them."""
    return list(webhook.deliveries.filter(attempted_at__isnull=False).order_by("-created_at", "pk")[:limit])


def get_delivery(webhook: Webhook, delivery_id: uuid.UUID) -> Delivery:
    """Raises `WebhookNotFound`."""
    delivery = webhook.deliveries.select_related("webhook").filter(pk=delivery_id, attempted_at__isnull=False).first()
    if delivery is None:
        raise WebhookNotFound
    return delivery
