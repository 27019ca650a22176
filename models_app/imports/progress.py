"""How far a job is: told to its row, which also says whether it is still ours."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from models_app.imports.errors import Interrupted
from models_app.imports.models import ImportJob, ImportStage, ImportState
from models_app.imports.rules import CLAIM, REPORT_SECONDS


@dataclass
class Progress:
    """One worker's hold on a job. Every method raises `Interrupted` once the job is no longer this worker's."""

    job: ImportJob
    held_until: datetime
    _bytes: int = 0
    _told: float = field(default_factory=time.monotonic)

    def begin(self, stage: ImportStage, **totals: int) -> None:
        self._tell(stage=stage, **totals)

    def add(self, number: int) -> None:
        """`number` more bytes of large files are here; told at most once a second."""
        self._bytes += number
        if time.monotonic() - self._told >= REPORT_SECONDS:
            self.tell()

    def tell(self) -> None:
        number, self._bytes = self._bytes, 0
        self._tell(bytes_done=F("bytes_done") + number)

    def file_done(self) -> None:
        """A whole file is here: whatever went wrong before, the job gets on."""
        number, self._bytes = self._bytes, 0
        self._tell(bytes_done=F("bytes_done") + number, files_done=F("files_done") + 1, attempts=0)

    def _tell(self, **fields: object) -> None:
        until = timezone.now() + CLAIM
        # `due_at` is written by whoever holds the job, and by nobody twice: if it is not ours, neither is the job.
        mine = ImportJob.objects.filter(pk=self.job.pk, state=ImportState.RUNNING, due_at=self.held_until)
        if not mine.update(due_at=until, **fields):
            raise Interrupted
        self.held_until, self._told = until, time.monotonic()


def claim(job_id: int, *, by_command: bool = False) -> Progress | None:
    """Take a job that waits, or whose worker fell silent; None if it is another's, or over.

    Of two workers, one changes the row.
    """
    now = timezone.now()
    due = ImportJob.objects.filter(
        pk=job_id,
        by_command=by_command,
        state__in=[ImportState.QUEUED, ImportState.RUNNING],
        due_at__lte=now,
    )
    until = now + CLAIM
    if not due.update(state=ImportState.RUNNING, due_at=until, attempts=F("attempts") + 1):
        return None
    job = ImportJob.objects.select_related("repo__namespace", "user").filter(pk=job_id).first()
    return None if job is None else Progress(job, until)
