"""Mail, in the background. The rows say what is due."""

from celery import shared_task


@shared_task(name="notifications.send_due", expires=60)
def send_due() -> None:
    from community.notifications import mailing

    mailing.send_due()
