"""Which bytes stand for a file, and where they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import Q

from hub.core.batches import batched
from models_app.blobs.models import Blob
from models_app.blobs.reader import open_blob
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.scanning.examination import ReadRange
from models_app.scanning.models import Scan
from models_app.scanning.rules import read_as
from models_app.uploads.grants import granted

_SHA256_DIGITS = 64
BATCH = 2000  # keys in one query
Key = tuple[str, str]  # Scan.content, Scan.read_as


@dataclass(frozen=True)
class Content:
    size: int
    read: ReadRange


def keyed(repo: Repo, entries: Iterable[Entry]) -> list[tuple[str, Key]]:
    """The path and the key of each file among `entries`.

    A pointer to bytes that were never sent to `repo` stands for its own text: else writing one would tell what was
    found in another's private file.
    """
    files = [entry for entry in entries if entry.kind == "file"]
    sent: set[str] = set()
    for batch in batched({entry.lfs.sha256 for entry in files if entry.lfs is not None}, BATCH):
        sent.update(granted(repo, batch))
    return [
        (entry.path, (entry.lfs.sha256 if entry.lfs and entry.lfs.sha256 in sent else entry.oid, read_as(entry.path)))
        for entry in files
    ]


def content_of(scan: Scan) -> Content | None:
    """The bytes to examine; None where they are gone."""
    if len(scan.content) == _SHA256_DIGITS:
        blob = Blob.objects.filter(pk=scan.content).first()
        return None if blob is None else Content(blob.size, lambda start, end: open_blob(blob, start, end))
    repos = Repo.objects.filter(Q(scanned_files__scan=scan) | Q(pk=scan.source_id or 0))
    for storage_id in repos.values_list("storage_id", flat=True).distinct()[:5]:
        try:
            text = GitRepository.open(storage_id).read(scan.content)
        except (KeyError, OSError):  # pruned, or the repository is being deleted
            continue
        return Content(len(text), partial(_slice, text))
    return None


def _slice(text: bytes, start: int, end: int) -> list[bytes]:
    return [text[start:end]]
