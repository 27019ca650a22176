"""Periodic work of storage."""

import logging

from celery import shared_task

from models_app.storage.garbage import collect_garbage as collect
from models_app.storage.repositories import tidy_repositories as tidy

log = logging.getLogger(__name__)


@shared_task
def collect_garbage() -> None:
    """Free what nobody has referred to for four weeks."""
    collected = collect()
    log.info("Garbage collection freed %d bytes; %d wait", collected.size, collected.waiting.size)


@shared_task
def tidy_repositories() -> None:
    """Repack the git repositories that many pushes and commits have scattered."""
    tidied = tidy()
    log.info("%d repositories were repacked", tidied)
