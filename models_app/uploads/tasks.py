"""Periodic work of uploads."""

from celery import shared_task

from models_app.uploads import services


@shared_task
def reconcile_heads() -> None:
    """Heal rows whose head was moved in git by a process that died before it could write the row."""
    services.reconcile_heads()
