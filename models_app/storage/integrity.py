"""Look at every stored byte: is it still what its hash says? Nothing is changed."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from hub.core.errors import DomainError
from models_app.blobs.errors import StoreUnavailable
from models_app.blobs.keys import xorb_key
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.reader import open_blob
from models_app.blobs.store import object_store
from models_app.blobs.xet.xorb import XorbCheck
from models_app.gitstore.integrity import check_repository, places_named
from models_app.repos.models import Repo
from models_app.storage.places import places_of_blob, places_of_xorb, told

KINDS = ("git", "xorbs", "lfs")
Rows = QuerySet[Repo] | QuerySet[Xorb] | QuerySet[Blob]


@dataclass(frozen=True)
class Checked:
    """`key` is ``git/<number>``, ``xorbs/<hash>`` or ``lfs/<sha256>``; `faults` are sentences, none if all is well.

    `places` say which files suffer: repository, path and commit.
    """

    key: str
    size: int
    faults: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What to check: everything, or what `repo` consists of; without what comes up to the key `after`."""

    repo: Repo | None = None
    after: str = ""

    @property
    def repos(self) -> QuerySet[Repo]:
        repos = Repo.objects.select_related("namespace")
        return repos if self.repo is None else repos.filter(pk=self.repo.pk)

    @property
    def blobs(self) -> QuerySet[Blob]:
        return Blob.objects.all() if self.repo is None else Blob.objects.filter(grants__repo=self.repo)

    @property
    def xorbs(self) -> QuerySet[Xorb]:
        if self.repo is None:
            return Xorb.objects.all()
        return Xorb.objects.filter(pk__in=self.blobs.values("segments__xorb"))

    def count(self) -> int:
        return self.repos.count() + self.xorbs.count() + self.blobs.count()


def check_all(scope: Scope) -> Iterator[Checked]:
    """Git repositories, then xorbs, then large files, each in the order of their keys: one item as it is checked."""
    kind, _, last = scope.after.partition("/")
    steps: list[tuple[str, Rows, Callable[[str], Checked | None]]] = [
        ("git", scope.repos, _check_repo),
        ("xorbs", scope.xorbs, _check_xorb),
        ("lfs", scope.blobs, _check_blob),
    ]
    for name, rows, check in steps[KINDS.index(kind) if kind else 0 :]:
        rest = rows.filter(pk__gt=last) if name == kind else rows
        for pk in list(rest.order_by("pk").values_list("pk", flat=True)):
            checked = check(str(pk))
            if checked is not None:  # else it was deleted since
                yield checked


def _check_repo(pk: str) -> Checked | None:
    repo = Repo.objects.select_related("namespace").filter(pk=pk).first()
    if repo is None:
        return None
    lines = check_repository(repo.storage_id)
    if not lines or not Repo.objects.filter(pk=pk).exists():
        return Checked(f"git/{pk}", 0)
    places = [told(repo, place.path, place.sha) for place in places_named(repo.storage_id, lines)]
    faults = tuple(f"git repository of {repo.full_id}: {line}" for line in lines)
    return Checked(f"git/{pk}", 0, faults, tuple(places))


def _check_xorb(pk: str) -> Checked | None:
    rows = Xorb.objects.filter(pk=pk)
    row = rows.first()
    if row is None:
        return None
    fault = _fault(rows, lambda: _read_xorb(row))
    key, size = f"xorbs/{pk}", row.stored_bytes
    return Checked(key, size, (f"xorb {pk}: {fault}",), tuple(places_of_xorb(row))) if fault else Checked(key, size)


def _check_blob(pk: str) -> Checked | None:
    rows = Blob.objects.filter(pk=pk)
    blob = rows.first()
    if blob is None:
        return None
    fault = _fault(rows, lambda: _read_blob(blob))
    key, size = f"lfs/{pk}", blob.size
    faults = (f"large file {pk}: {fault}",)
    return Checked(key, size, faults, tuple(places_of_blob(blob))) if fault else Checked(key, size)


def _read_xorb(row: Xorb) -> None:
    store, key = object_store(), xorb_key(row.pk)
    check = XorbCheck(row.pk, store.open_range(key, 0, store.size(key)))
    for _ in check.stored():
        pass
    if check.index.records != bytes(row.chunk_index) or check.index.raw_bytes != row.raw_bytes:
        raise ValueError("its index in the database is not that of its chunks")


def _read_blob(blob: Blob) -> None:
    digest, size = hashlib.sha256(), 0
    for piece in open_blob(blob):
        digest.update(piece)
        size += len(piece)
    if size != blob.size:
        raise ValueError(f"{size} bytes are there instead of {blob.size}")
    if digest.hexdigest() != blob.pk:
        raise ValueError(f"its bytes have the sha256 {digest.hexdigest()}")


def _fault(rows: Rows, read: Callable[[], None]) -> str:
    """What is wrong with what `read` reads; empty if nothing is, or if the row was deleted meanwhile."""
    try:
        read()
    except StoreUnavailable:
        raise
    except DomainError as error:
        fault = error.message
    except (OSError, ValueError, ArithmeticError, LookupError) as error:
        fault = str(error) or type(error).__name__
    else:
        return ""
    return fault if rows.exists() else ""
