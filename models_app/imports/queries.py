"""A member's imports; those of others are not there."""

from django.conf import settings
from django.db.models import QuerySet

from community.members.actors import Actor
from models_app.imports.errors import ImportNotFound
from models_app.imports.models import ImportJob


def imports_of(actor: Actor) -> QuerySet[ImportJob]:
    """The imports that the caller asked for, newest first, each with its repo."""
    jobs = ImportJob.objects.select_related("repo__namespace").order_by("-pk")
    return jobs.filter(user=actor.user) if actor.user is not None and actor.token is None else jobs.none()


def get_import(actor: Actor, job_id: int) -> ImportJob:
    """Raises `ImportNotFound`."""
    job = imports_of(actor).filter(pk=job_id).first()
    if job is None:
        raise ImportNotFound
    return job


def open_endpoints() -> list[str]:
    """From where members may import: what the operator lists."""
    endpoints: list[str] = settings.IMPORT_ENDPOINTS
    return endpoints
