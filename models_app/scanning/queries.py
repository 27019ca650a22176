"""What was found, for a repo that the caller may see already. Secrets are for those who may write to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from hub.core.batches import batched
from models_app.gitstore.objects import Entry
from models_app.repos.models import Repo
from models_app.scanning.contents import BATCH, Key, keyed
from models_app.scanning.models import Scan, ScannedFile, ScanStatus
from models_app.scanning.rules import ISSUES

_SHOWN = 10


@dataclass(frozen=True)
class ScanSummary:
    """Of the head's files: how many there are, how many wait or failed, and the first with issues, the worst first."""

    files: int
    waiting: int
    failed: int
    issue_count: int
    issues: list[ScannedFile]

    @property
    def worst(self) -> str:
        """The status that stands for all."""
        if self.issues:
            return self.issues[0].scan.status
        return ScanStatus.QUEUED if self.waiting else ScanStatus.ERROR if self.failed else ScanStatus.SAFE


def known_scans(keys: Iterable[Key]) -> dict[Key, Scan]:
    """Those of `keys` that are queued or scanned."""
    wanted = set(keys)
    found: dict[Key, Scan] = {}
    for batch in batched({content for content, _kind in wanted}, BATCH):
        found |= {(scan.content, scan.read_as): scan for scan in Scan.objects.filter(content__in=batch)}
    return {key: scan for key, scan in found.items() if key in wanted}


def waiting() -> QuerySet[Scan]:
    """Queued, and nobody is at it."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    return Scan.objects.filter(free, status=ScanStatus.QUEUED)


def scans_of(repo: Repo, entries: Iterable[Entry]) -> dict[str, Scan]:
    """{path: scan} of those of `entries` that are queued or scanned, at whatever revision they lie."""
    keys = dict(keyed(repo, entries))
    scans = known_scans(keys.values())
    return {path: scans[key] for path, key in keys.items() if key in scans}


def summary_of(repo: Repo) -> ScanSummary:
    files = ScannedFile.objects.filter(repo=repo)
    counts = files.aggregate(
        files=Count("pk"),
        waiting=Count("pk", filter=Q(scan__status=ScanStatus.QUEUED)),
        failed=Count("pk", filter=Q(scan__status=ScanStatus.ERROR)),
        issue_count=Count("pk", filter=Q(scan__status__in=ISSUES)),
    )
    # By name, "unsafe" comes after "suspicious" and that after "caution".
    issues = files.filter(scan__status__in=ISSUES).select_related("scan").order_by("-scan__status", "path")
    return ScanSummary(**counts, issues=list(issues[:_SHOWN]))


def secrets_of(repo: Repo) -> list[ScannedFile]:
    """The files at the head that hold a token or key. Only for those who may write to `repo`."""
    found = ScannedFile.objects.filter(repo=repo, scan__secret_count__gt=0).select_related("scan")
    return list(found.order_by("path")[:_SHOWN])


def all_done(entries: Iterable[Entry], scans: Mapping[str, Scan]) -> bool:
    """Whether none of the files among `entries` still has to be scanned."""
    files = [entry.path for entry in entries if entry.kind == "file"]
    return all(path in scans and scans[path].status != ScanStatus.QUEUED for path in files)
