"""Periodic work of uploads."""

from datetime import timedelta

from celery import shared_task

from models_app.blobs.store import object_store
from models_app.uploads import multipart, services

_ABANDONED_AFTER = timedelta(days=2)  # twice as long as an upload link lives


@shared_task
def reconcile_heads() -> None:
    """Heal rows whose head, and tell of references that, a process moved in git before it died."""
    services.reconcile_heads()


@shared_task
def discard_abandoned() -> None:
    """Free the disk of uploads that nobody will finish, and of what killed processes left behind."""
    multipart.discard_abandoned(older_than=_ABANDONED_AFTER)
    object_store().remove_leftovers(seconds=_ABANDONED_AFTER.total_seconds())
