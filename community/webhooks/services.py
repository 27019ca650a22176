"""Make, change and remove webhooks; send something again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import User
from community.webhooks import tasks
from community.webhooks.errors import InvalidWebhook
from community.webhooks.models import Delivery, DeliveryState, Watched, Webhook
from community.webhooks.queries import owner_of
from community.webhooks.rules import MAX_WATCHED, MAX_WEBHOOKS, SECRET_MAX_LENGTH, URL_MAX_LENGTH
from hub.core.addresses import check_url
from hub.core.tasks import ring

DOMAINS = ("repo", "discussion")


@dataclass(frozen=True)
class Wish:
    """What a webhook shall be. `watched` are (kind, name)."""

    url: str
    watched: Sequence[tuple[str, str]]
    domains: Sequence[str]
    secret: str = ""


def check_wish(wish: Wish) -> None:
    """Raises `InvalidWebhook` or `AddressRefused` with the sentence of the first thing that is wrong."""
    if len(wish.url) > URL_MAX_LENGTH:
        raise InvalidWebhook(_("The address is longer than %(length)d characters.") % {"length": URL_MAX_LENGTH})
    check_url(wish.url)
    if len(wish.secret) > SECRET_MAX_LENGTH or not wish.secret.isascii() or not wish.secret.isprintable():
        raise InvalidWebhook(
            _("The secret must be plain ASCII of at most %(length)d characters: it travels in a header.")
            % {"length": SECRET_MAX_LENGTH}
        )
    if not wish.domains or not set(wish.domains) <= set(DOMAINS):
        raise InvalidWebhook(_("Choose what the webhook is for: “repo”, “discussion” or both."))
    if not 0 < len(wish.watched) <= MAX_WATCHED:
        raise InvalidWebhook(_("Name between 1 and %(number)d things to follow.") % {"number": MAX_WATCHED})


@transaction.atomic
def create_webhook(*, actor: Actor, wish: Wish) -> Webhook:
    """Raises what `check_wish` raises, and `InvalidWebhook` beyond `MAX_WEBHOOKS`."""
    # Two requests at once must not both find the last free place.
    owner = User.objects.select_for_update().get(pk=owner_of(actor).pk)
    check_wish(wish)
    if Webhook.objects.filter(owner=owner).count() >= MAX_WEBHOOKS:
        raise InvalidWebhook(_("You have %(number)d webhooks: remove one first.") % {"number": MAX_WEBHOOKS})
    webhook = Webhook.objects.create(owner=owner, url=wish.url, secret=wish.secret, domains=sorted(set(wish.domains)))
    _follow(webhook, wish)
    return webhook


@transaction.atomic
def update_webhook(*, webhook: Webhook, wish: Wish) -> None:
    """Change all of it but whether it is enabled. Raises what `check_wish` raises."""
    check_wish(wish)
    webhook.url, webhook.secret, webhook.domains = wish.url, wish.secret, sorted(set(wish.domains))
    webhook.save(update_fields=["url", "secret", "domains"])
    webhook.watched.all().delete()
    _follow(webhook, wish)


def _follow(webhook: Webhook, wish: Wish) -> None:
    once = {(kind, name.lower()): Watched(webhook=webhook, kind=kind, name=name) for kind, name in wish.watched}
    Watched.objects.bulk_create(once.values())


def set_enabled(*, webhook: Webhook, enabled: bool) -> None:
    """A webhook that is enabled again begins with a clean record; what waited while it was disabled is gone."""
    webhook.enabled, webhook.failing_since, webhook.gave_up_at = enabled, None, None
    webhook.save(update_fields=["enabled", "failing_since", "gave_up_at"])


def delete_webhook(*, webhook: Webhook) -> None:
    webhook.delete()


@transaction.atomic
def replay(*, delivery: Delivery) -> None:
    """Send a delivery again under the same id. Raises `InvalidWebhook` while its webhook is disabled."""
    if not delivery.webhook.enabled:
        raise InvalidWebhook(_("Enable the webhook first."))
    Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.PENDING).update(
        state=DeliveryState.PENDING, due_at=timezone.now(), attempts=0
    )
    ring(tasks.deliver, str(delivery.pk), queue=tasks.QUEUE)
