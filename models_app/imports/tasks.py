"""Celery: the doorbell of imports. The rows say what is to be done."""

from celery import shared_task

QUEUE = "outbound"


@shared_task(name="imports.run")
def run(job_id: int) -> None:
    """Work off one import, unless it is over or another worker has it."""
    from models_app.imports import runner

    runner.run(job_id)


@shared_task(name="imports.ring_due", expires=60)
def ring_due() -> None:
    """Ring for jobs that wait, and for those whose worker died."""
    from models_app.imports import services

    services.ring_due()
