"""Time goes on though nobody looks."""

from celery import shared_task


@shared_task(name="governance.advance_due", expires=60)
def advance_due() -> None:
    from community.governance import clock

    clock.advance_due()


@shared_task(name="governance.remind", expires=600)
def remind() -> None:
    from community.governance import notices

    notices.remind()
