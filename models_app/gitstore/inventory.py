"""What lies on the disk: all repositories, and leftovers."""

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class StoredRepository:
    """`modified` is when something was last added to its folder, in seconds since 1970."""

    storage_id: uuid.UUID
    size: int
    modified: float


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
    # Half-written objects, packs, and pushes in quarantine.
    for pattern in ("tmp_obj*", "pack/tmp_*", "pack/.tmp-*"):
        for leftover in root.glob(f"*/*/*.git/objects/{pattern}"):
            with suppress(FileNotFoundError):
                if leftover.stat().st_mtime < limit:
                    shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
