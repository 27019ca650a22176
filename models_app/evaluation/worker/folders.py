"""Scratch folders, one a run, that are gone afterwards, also when the worker was killed."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import geteuid
from pathlib import Path

from models_app.evaluation.worker.errors import WorkerError


@contextmanager
def run_folder(base: Path) -> Iterator[Path]:
    """A new folder below `base` with empty ``snapshot``, ``suites`` and ``scratch``; removed at the end."""
    _prepare(base)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=base))
    folder.chmod(0o711)  # the run's own user has to pass through
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # held as long as this process lives
        try:
            for name in ("snapshot", "suites", "scratch"):
                (folder / name).mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_left_over(base: Path) -> None:
    """Remove the folders of runs whose worker is gone."""
    for folder in base.glob("run-*") if base.is_dir() else ():
        try:
            with (folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its worker lives, or is just making it


def _prepare(base: Path) -> None:
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    if base.stat().st_uid != geteuid():
        raise WorkerError(f"{base} belongs to another user: set HUB_EVALUATION_DIR to a folder of this one.")
