"""Files that are either whole or absent, also after a kill -9 or a full disk."""

import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hub.core.errors import StorageFull

DISK_FULL = "The hub's disk is full: nothing was stored. Tell the operator, then try again."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def full_disk_is_a_refusal() -> Iterator[None]:
    """Turn the errors of a disk, quota or file-size limit that is reached into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(DISK_FULL) from error
        raise


@contextmanager
def write_atomically(path: Path, *, scratch: Path) -> Iterator[BinaryIO]:
    """Open a temporary file in `scratch`; on success it is synced and renamed to `path`, else removed.

    `scratch` is a folder on the file system of `path`. Raises `StorageFull` when the disk has no room. A crash leaves
    at most a file in `scratch` (see `remove_leftovers`), never a partial `path`.
    """
    temporary = scratch / uuid.uuid4().hex
    with full_disk_is_a_refusal():
        scratch.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def made_once(path: Path, make: Callable[[], str], *, scratch: Path, private: bool = False) -> str:
    """The text of `path`, which `make` gives where there is none yet; if it is `private`, for its owner alone.

    Of two first callers one wins, and both get its text.
    """
    if not path.exists():
        candidate = path.with_name(f"{path.name}-{uuid.uuid4()}")
        with write_atomically(candidate, scratch=scratch) as file:
            if private:
                os.fchmod(file.fileno(), 0o600)
            file.write(make().encode())
        with suppress(FileExistsError):
            path.hardlink_to(candidate)
        candidate.unlink()
    return path.read_text(encoding="utf-8")


def remove_leftovers(scratch: Path, *, seconds: float) -> None:
    """Remove the files that dead processes left in `scratch`: those that nobody has written to for `seconds`."""
    limit = time.time() - seconds
    for file in scratch.glob("*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
