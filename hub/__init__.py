"""The project around the two apps. Importing it makes the Celery application known to Django's processes."""

from hub.celery import app as celery_app

__all__ = ["celery_app"]
