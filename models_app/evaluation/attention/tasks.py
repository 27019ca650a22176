"""Celery: the doorbell of those who compute attention, on its own queue: a text must not wait for an evaluation."""

from celery import shared_task
from django.conf import settings

QUEUE = "attention"


@shared_task(name="attention.attend_next", expires=20 * settings.EVALUATION_REAP_SECONDS)
def attend_next() -> None:
    """Work off queued texts until none is left, by the worker API alone: this process needs no database."""
    from models_app.evaluation.worker.loop import attend_until_idle

    attend_until_idle()


@shared_task(name="attention.prune", expires=3600)
def prune() -> None:
    """Delete weights that were kept for long enough."""
    from models_app.evaluation.attention import services

    while services.prune():
        pass
