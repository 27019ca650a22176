"""A repository on its way here from another hub. The row is the truth of the job; a message only rings for it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.models import User
from models_app.repos.models import Repo


class ImportState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ImportStage(models.TextChoices):
    HISTORY = "history", _("Fetching the history")
    FILES = "files", _("Fetching large files")


class ImportJob(models.Model):
    """`repo` stays private until all of it is here, then becomes what `private` says. Deleting it ends the job."""

    repo = models.OneToOneField(Repo, on_delete=models.CASCADE, related_name="import_job")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="imports")
    endpoint = models.CharField(max_length=300)
    source_id = models.CharField(max_length=200)
    private = models.BooleanField(default=False)
    by_command = models.BooleanField(default=False)  # its token is in the memory of one process: no worker may take it
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.QUEUED)
    problem = models.CharField(max_length=500, blank=True)  # why it failed, or will be tried again
    attempts = models.PositiveSmallIntegerField(default=0)  # since it last got on
    due_at = models.DateTimeField(default=timezone.now)  # of a running job: when its worker counts as dead

    stage = models.CharField(max_length=10, choices=ImportStage, blank=True)
    files_total = models.PositiveIntegerField(default=0)
    files_done = models.PositiveIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="import_state_known"),
            models.CheckConstraint(condition=models.Q(stage__in=["", *ImportStage.values]), name="import_stage_known"),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="import_by_due")]

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.source_id}"

    @property
    def is_live(self) -> bool:
        return self.state in {ImportState.QUEUED, ImportState.RUNNING}

    @property
    def percent(self) -> int | None:
        """How much of the large files is here; None before their sizes are known."""
        return self.bytes_done * 100 // self.bytes_total if self.bytes_total else None
