"""What was found in contents, each examined once, and which files of a repo's head have that content."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_app.repos.models import Repo
from models_app.scanning import rules


class ScanStatus(models.TextChoices):
    QUEUED = "queued", _("waiting to be checked")
    SAFE = "safe", _("nothing found")
    CAUTION = "caution", _("be careful")
    SUSPICIOUS = "suspicious", _("suspicious")
    UNSAFE = "unsafe", _("unsafe")
    ERROR = "error", _("could not be checked")


class Problem(models.TextChoices):
    """Why a file was not read as far as it should have been."""

    PICKLE = "pickle", _("It holds a pickle that cannot be read to its end: it may import more than is listed.")
    ARCHIVE = "archive", _("It is packed in a way that the hub does not look into.")
    HEADER = "header", _("It is not a sound safetensors file: its header does not fit its bytes.")
    LIMIT = "limit", _("It could not be examined within the time and memory that one file may take.")
    MISSING = "missing", _("Its bytes are not in the store.")
    ANTIVIRUS = "antivirus", _("The virus scanner gave no answer.")


class Scan(models.Model):
    """One content (git's sha1 of a small file, the sha256 of a large one), examined as one kind of file."""

    content = models.CharField(max_length=64)
    read_as = models.CharField(max_length=11)  # see rules.read_as
    source = models.ForeignKey(Repo, on_delete=models.SET_NULL, null=True, related_name="+")  # where a sha1 is stored
    status = models.CharField(max_length=10, choices=ScanStatus, default=ScanStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)  # a worker is at it; after that it may have died
    queued_at = models.DateTimeField(default=timezone.now)
    scanned_at = models.DateTimeField(null=True)
    has_pickle = models.BooleanField(default=False)
    imports = models.JSONField(default=list)  # [{"module", "name", "safety"}] of its pickles
    problem = models.CharField(max_length=10, choices=Problem, blank=True)
    virus_checked = models.BooleanField(default=False)
    virus = models.CharField(max_length=200, blank=True)
    secrets = models.JSONField(default=list)  # [{"kind", "line"}], never the secret itself
    secret_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content", "read_as"], name="scan_once_per_content"),
            models.CheckConstraint(condition=models.Q(status__in=ScanStatus.values), name="scan_status_known"),
        ]
        indexes = [models.Index(fields=["queued_at"], condition=models.Q(status="queued"), name="scan_waiting")]

    def __str__(self) -> str:
        return f"{self.content[:12]}: {self.status}"

    @property
    def is_issue(self) -> bool:
        return self.status in rules.ISSUES

    @property
    def risky_imports(self) -> list[str]:
        """``os.system`` …: what made this content suspicious or unsafe, the worst first."""
        risky = [item for item in self.imports if item["safety"] != rules.SAFETY_LEVELS[0]]
        risky.sort(key=lambda item: rules.SAFETY_LEVELS.index(item["safety"]), reverse=True)
        return [f"{item['module']}.{item['name']}" for item in risky]


class ScannedFile(models.Model):
    """A file at the head of a repo's default branch. Older revisions are looked up by their contents."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="scanned_files")
    path = models.TextField()
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="files")

    def __str__(self) -> str:
        return self.path
