"""The Celery application. Start workers with ``celery -A hub worker -Q <queues>``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["models_app.evaluation", "models_app.uploads"])
