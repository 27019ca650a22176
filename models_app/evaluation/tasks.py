"""Celery: the doorbell of evaluation workers, and the reaper. The truth is in the rows; a message may be lost."""

from collections.abc import Iterable

from celery import shared_task
from django.conf import settings

from hub.core.tasks import ring


@shared_task(name="evaluation.evaluate_next", expires=20 * settings.EVALUATION_REAP_SECONDS)
def evaluate_next() -> None:
    """Work off queued runs until none is left, by the worker API alone: this process needs no database.

    Old rings expire, so that they do not pile up while every worker is busy: the reaper rings again.
    """
    from models_app.evaluation.worker.loop import work_until_idle

    work_until_idle()


@shared_task(name="evaluation.reap", expires=settings.EVALUATION_REAP_SECONDS)
def reap() -> None:
    """Take back leases that ended without a word, and ring again for queued runs and for re-runs to queue."""
    from models_app.evaluation import leases
    from models_app.evaluation.attention import leases as attention_leases
    from models_app.evaluation.suites import versions

    leases.reap()
    attention_leases.reap()
    if versions.reruns_are_due():
        ring(queue_reruns)


@shared_task(name="evaluation.queue_reruns", expires=settings.EVALUATION_REAP_SECONDS)
def queue_reruns() -> None:
    """Queue one batch of what is to be evaluated again under the active suite version, and ring for the next."""
    from models_app.evaluation.suites import versions

    if versions.queue_reruns():
        ring(queue_reruns)


def ring_workers(queues: Iterable[str]) -> None:
    """Wake one worker of each of `queues` after the current transaction.

    Only of queues that somebody listens to: messages without a listener would pile up in the broker.
    """
    for queue in sorted(queues):
        ring(evaluate_next, queue=queue)
