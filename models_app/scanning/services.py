"""Queue what is new, examine it, keep what was found."""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from hub.core.batches import batched
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.hooks import RepoChange
from models_app.repos.models import Repo
from models_app.repos.services import lock_repo
from models_app.scanning.clamav import NoAnswer, find_virus
from models_app.scanning.contents import BATCH, Key, content_of, keyed
from models_app.scanning.examination import LIMIT, Examiner, Findings
from models_app.scanning.models import Problem, Scan, ScannedFile, ScanStatus
from models_app.scanning.queries import known_scans, waiting
from models_app.scanning.rules import status_of
from models_app.scanning.tasks import ring_scanner

log = logging.getLogger(__name__)
_MAX_ATTEMPTS = 3
_DEFAULT = f"refs/heads/{DEFAULT_BRANCH}"
_CLAIM = timedelta(minutes=5)  # far more than one content takes; then its worker counts as dead
_RESET = {"status": ScanStatus.QUEUED, "problem": "", "attempts": 0, "claimed_until": None}


@transaction.atomic
def queue_head(repo: Repo) -> None:
    """What scanning does when a head moves (a handler of `uploads.hooks`): know its files, queue what is new."""
    # Two at once would list the files twice; whoever calls as a handler has locked the row already.
    repo = lock_repo(repo)
    keys = dict(keyed(repo, GitRepository.open(repo.storage_id).entries(repo.head_sha, recursive=True)))
    rows = ScannedFile.objects.filter(repo=repo).values_list("path", "scan__content", "scan__read_as")
    known = {path: (content, kind) for path, content, kind in rows}
    for batch in batched((path for path in known if keys.get(path) != known[path]), BATCH):
        ScannedFile.objects.filter(repo=repo, path__in=batch).delete()
    new = {path: key for path, key in keys.items() if known.get(path) != key}
    scans = _queue(repo, new.values())
    ScannedFile.objects.bulk_create(
        [ScannedFile(repo=repo, path=path, scan=scans[key]) for path, key in new.items()], batch_size=1000
    )


def queue_refs(change: RepoChange) -> None:
    """Queue what comes with the commits of references that moved, the older ones included: whoever names an old commit
    gets its files (a handler of `repos.hooks`; `queue_head` has listed the newest files of the default branch).

    The references have moved in git already: what goes wrong here must not fail the commit.
    """
    repo = change.repo
    for update in change.refs:
        if update.new is not None:
            known = {update.old, "" if update.ref == _DEFAULT else repo.head_sha}
            try:
                with transaction.atomic():
                    _queue_commits(repo, update.new, [sha for sha in known if sha])
            except Exception:
                log.exception("The files of commit %s in repo %s could not be queued", update.new, repo.pk)


@transaction.atomic
def queue_history(repo: Repo) -> None:
    """Queue what is new in any commit of `repo`: what failed at its time, or is older than the scanner."""
    known: list[str] = []
    for ref in GitRepository.open(repo.storage_id).refs("refs/"):
        _queue_commits(repo, ref.target, known)
        known.append(ref.target)


def _queue_commits(repo: Repo, tip: str, known: Iterable[str]) -> None:
    files = GitRepository.open(repo.storage_id).files_brought(tip, known)
    for batch in batched(files, BATCH):
        _queue(repo, {key for _path, key in keyed(repo, batch)})


def _queue(repo: Repo, keys: Iterable[Key]) -> dict[Key, Scan]:
    """The scan of each of `keys`, queued now where there was none."""
    wanted = set(keys)
    scans = known_scans(wanted)
    new = wanted - scans.keys()
    if new:
        # Another commit may queue the same content at this moment: the first row stays.
        rows = [Scan(content=content, read_as=kind, source=repo) for content, kind in sorted(new)]
        Scan.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        scans |= known_scans(new)
    stranded = [scan.pk for scan in scans.values() if _is_stranded(scan)]
    if stranded:
        Scan.objects.filter(pk__in=stranded).update(**_RESET, source=repo)
    if new or stranded:
        ring_scanner()
    return scans


def _is_stranded(scan: Scan) -> bool:
    """Whether the repo that brought this content was deleted before it was examined."""
    return scan.problem == Problem.MISSING or (scan.status == ScanStatus.QUEUED and scan.source_id is None)


def scan_waiting(*, seconds: float) -> bool:
    """Scan what is queued until nothing is left or `seconds` have passed; whether there is more to do."""
    deadline = time.monotonic() + seconds
    with Examiner() as examiner:
        while time.monotonic() < deadline:
            scan = _claim()
            if scan is None:
                return False
            scan_content(scan, examiner)
    return True


def _claim() -> Scan | None:
    while scan := waiting().order_by("queued_at", "pk").first():
        claimed = waiting().filter(pk=scan.pk)  # compared again by the update: two workers never share a scan
        if claimed.update(claimed_until=timezone.now() + _CLAIM, attempts=F("attempts") + 1):
            return scan
    return None


def scan_content(scan: Scan, examiner: Examiner) -> None:
    """Examine one claimed content and keep what was found. Whoever does it twice finds the same."""
    if scan.attempts >= _MAX_ATTEMPTS:  # it has taken that many workers with it
        _finish(scan, LIMIT)
        return
    content = content_of(scan)
    if content is None:
        _finish(scan, Findings(problem=Problem.MISSING, examined=False))
        return
    findings = examiner.examine(content.read, size=content.size, read_as=scan.read_as)
    virus: str | None = None
    if settings.CLAMD_ADDRESS:
        try:
            virus = find_virus(settings.CLAMD_ADDRESS, content.read(0, content.size))
        except NoAnswer:
            findings = Findings(**vars(findings) | {"problem": Problem.ANTIVIRUS, "examined": False})
    _finish(scan, findings, virus=virus)


def _finish(scan: Scan, findings: Findings, *, virus: str | None = None) -> None:
    """`virus` is None where no virus scanner looked."""
    status = status_of(
        imports=findings.imports, problem=findings.problem, virus=virus or "", examined=findings.examined
    )
    Scan.objects.filter(pk=scan.pk).update(
        status=status,
        claimed_until=None,
        scanned_at=timezone.now(),
        has_pickle=findings.has_pickle,
        imports=findings.imports,
        problem=findings.problem,
        virus_checked=virus is not None,
        virus=(virus or "")[:200],
        secrets=findings.secrets,
        secret_count=len(findings.secrets),
    )


def rescan(scans: QuerySet[Scan]) -> int:
    """Queue `scans` again; their number. Until then what was found before is not shown."""
    count = scans.update(**_RESET, queued_at=timezone.now())
    if count:
        ring_scanner()
    return count
