"""Celery: the doorbell of the scanner. What is to be scanned stands in rows; a lost message costs a minute."""

from celery import shared_task

from hub.core.tasks import ring

_SECONDS = 20  # of one task: others wait for the same worker


@shared_task(name="scanning.scan_next")
def scan_next() -> None:
    """Scan what is queued, for a while; then let other tasks have their turn."""
    from models_app.scanning import services

    if services.scan_waiting(seconds=_SECONDS):
        ring_scanner()


@shared_task(name="scanning.look_again", expires=60)
def look_again() -> None:
    """Ring for scans whose message was lost or whose worker died."""
    from models_app.scanning.queries import waiting

    if waiting().exists():
        ring_scanner()


def ring_scanner() -> None:
    """Wake a scanner after the current transaction."""
    ring(scan_next)
