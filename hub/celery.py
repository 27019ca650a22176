"""The Celery application. Start workers with ``celery -A hub worker -Q <queues>``."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init

from hub.core.child import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "community.governance",
        "community.notifications",
        "community.webhooks",
        "models_app.evaluation",
        "models_app.evaluation.attention",
        "models_app.imports",
        "models_app.scanning",
        "models_app.storage",
        "models_app.uploads",
    ]
)


@beat_embedded_init.connect
def _die_with_worker(**_kwargs: Any) -> None:
    """Pool processes do this by themselves; without it, beat would outlive a killed worker and ring forever."""
    die_with_parent()
