"""What the owner of a webhook is told by mail."""

from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from community.webhooks.models import Webhook
from community.webhooks.rules import GIVE_UP_AFTER


def tell_disabled(webhook: Webhook) -> None:
    """That the hub has disabled a webhook; its settings page says the same."""
    owner = webhook.owner
    with translation.override(owner.language or None):
        send_mail(
            subject=_("A webhook of yours was disabled"),
            message=_(
                "Nothing that the hub sent to %(url)s arrived for %(days)d days, so this webhook is now disabled. "
                "Its settings show what was answered; there you can also enable it again."
            )
            % {"url": webhook.url, "days": GIVE_UP_AFTER.days},
            from_email=None,
            recipient_list=[owner.email],
        )
