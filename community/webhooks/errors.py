"""What webhooks refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import Invalid, NotFound


class WebhookNotFound(NotFound):
    """No such webhook or delivery, or one of somebody else."""

    code = "webhook_not_found"

    def __init__(self) -> None:
        super().__init__(_("You have no such webhook."))


class InvalidWebhook(Invalid):
    code = "invalid_webhook"
