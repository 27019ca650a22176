"""Send what is due. The rows say what that is; a message only makes a worker look."""

from celery import shared_task

QUEUE = "outbound"


@shared_task(name="webhooks.deliver")
def deliver(delivery_id: str) -> None:
    """Send one delivery, unless it was sent or taken by another worker."""
    from community.webhooks import delivery

    delivery.deliver(delivery_id)


@shared_task(name="webhooks.ring_due", expires=60)
def ring_due() -> None:
    """Ring for what a lost message, a dead worker or a past failure has left due; forget what is old."""
    from community.webhooks import delivery

    delivery.ring_due()
