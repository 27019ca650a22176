"""Tell webhooks of a change: within its transaction, a row for every webhook that follows what changed.

The slices above know what things are called and who may see them; here both are opaque.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from community.members.actors import Actor
from community.webhooks import tasks
from community.webhooks.models import Delivery, Watched, Webhook
from hub.core.tasks import ring

MaySee = Callable[[Actor, str], bool]
_deciders: list[MaySee] = []


@dataclass(frozen=True)
class Event:
    """`followed` are the (kind, name) by which a webhook may follow it; `payload` is JSON without the webhook's id."""

    domain: str
    subject: str
    followed: tuple[tuple[str, str], ...]
    payload: dict[str, Any]


def decide_with(may_see: MaySee) -> None:
    """Register who may see a subject; without an answer of yes nothing is sent."""
    if may_see not in _deciders:
        _deciders.append(may_see)


def may_see(webhook: Webhook, subject: str) -> bool:
    """Whether the owner of `webhook` may see `subject` now: asked at the change, and again at every attempt."""
    owner = Actor(user=webhook.owner)
    return webhook.owner.is_active and any(decide(owner, subject) for decide in _deciders)


def followers(followed: Iterable[tuple[str, str]], domain: str) -> list[Webhook]:
    """The enabled webhooks for `domain` that follow any of `followed`: one query."""
    wanted = Q()
    for kind, name in followed:
        wanted |= Q(kind=kind, lower_name=name.lower())
    watched = Watched.objects.annotate(lower_name=Lower("name")).filter(wanted)
    webhooks: QuerySet[Webhook] = Webhook.objects.filter(enabled=True, pk__in=watched.values("webhook"))
    return [webhook for webhook in webhooks.select_related("owner") if domain in webhook.domains]


def emit(event: Event) -> None:
    """Write what is to be sent, in the current transaction, and ring once it has committed."""
    deliveries = [
        Delivery(webhook=webhook, subject=event.subject, payload=event.payload)
        for webhook in followers(event.followed, event.domain)
        if may_see(webhook, event.subject)
    ]
    Delivery.objects.bulk_create(deliveries)
    for delivery in deliveries:
        ring(tasks.deliver, str(delivery.pk), queue=tasks.QUEUE)
