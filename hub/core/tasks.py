"""Celery, used one way: a task takes ids, is rung after the transaction commits, and may run twice."""

from typing import Any

from celery import Task
from django.db import transaction


def ring(task: Task[Any, Any], *args: int | str, queue: str = "default") -> None:
    """Send `task` once the current transaction has committed (at once outside of one).

    Inside a transaction a worker could start before the row it should read is there. If the broker is away the
    message is lost, not the work: the row says what is due, and the periodic reaper rings again.
    """
    transaction.on_commit(lambda: task.apply_async(args=args, queue=queue), robust=True)
