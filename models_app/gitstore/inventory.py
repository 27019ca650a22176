"""What lies on the disk: all large files of a repository's history, all repositories, leftovers."""

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pygit2
from django.conf import settings
from pygit2.enums import FileMode, SortMode

from models_app.gitstore.objects import Pointer
from models_app.gitstore.pointers import MAX_BYTES, MIN_BYTES, parse_pointer
from models_app.gitstore.references import listed
from models_app.gitstore.repository import GitRepository


@dataclass(frozen=True)
class LargeFile:
    """`path` has this content in commit `sha`, and maybe in others."""

    pointer: Pointer
    path: str
    sha: str


@dataclass(frozen=True)
class StoredRepository:
    """`modified` is when something was last added to its folder, in seconds since 1970."""

    storage_id: uuid.UUID
    size: int
    modified: float


def large_files(storage_id: uuid.UUID) -> Iterator[LargeFile]:
    """Every large file in the history of any reference, once for each path and content, newest commits first."""
    repository = pygit2.Repository(str(GitRepository.path_of(storage_id)))
    walker = repository.walk(None, SortMode.TIME)
    for ref in listed(repository, "refs/"):
        walker.push(pygit2.Oid(hex=ref.target))
    seen: set[tuple[str, str]] = set()
    for commit in walker:
        for pointer, path in _pointers(repository, commit.tree, "", seen):
            yield LargeFile(pointer, path, str(commit.id))


def _pointers(
    repository: pygit2.Repository, tree: pygit2.Tree, prefix: str, seen: set[tuple[str, str]]
) -> Iterator[tuple[Pointer, str]]:
    """Pointers below `tree`, but for trees and files that `seen` has at the same path: commits share most of theirs."""
    for item in tree:
        path = prefix + (item.raw_name or b"").decode(errors="replace")
        if item.filemode == FileMode.COMMIT or (str(item.id), path) in seen:
            continue
        seen.add((str(item.id), path))
        if isinstance(item, pygit2.Tree):
            yield from _pointers(repository, item, f"{path}/", seen)
        elif MIN_BYTES <= repository.odb.read_header(item.id)[1] <= MAX_BYTES:
            pointer = parse_pointer(repository.odb.read(item.id)[1])
            if pointer is not None:
                yield pointer, path


def stored_repositories() -> Iterator[StoredRepository]:
    """Every repository on the disk, whether anybody knows it or not."""
    for path in Path(settings.GIT_DIR).glob("*/*/*.git"):
        with suppress(ValueError, FileNotFoundError):
            files = (file.lstat() for file in path.rglob("*"))
            size = sum(stat.st_size for stat in files)
            yield StoredRepository(uuid.UUID(path.stem), size, path.stat().st_mtime)


def remove_leftovers(*, seconds: float) -> None:
    """Remove what dead processes left: half-deleted repositories, and half-written objects older than `seconds`."""
    root = Path(settings.GIT_DIR)
    for condemned in root.glob("*/*/*.deleted-*"):
        shutil.rmtree(condemned, ignore_errors=True)
    limit = time.time() - seconds
    for file in root.glob("*/*/*.git/objects/tmp_obj_*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()
