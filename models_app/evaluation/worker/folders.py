"""Scratch folders, one a run, that are gone afterwards, also when the worker was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from models_app.evaluation.worker.errors import WorkerError


@contextmanager
def run_folder(base: Path) -> Iterator[Path]:
    """A new folder below `base` with empty ``snapshot``, ``suites`` and ``scratch``; removed at the end."""
    _prepare(base)
    with ExitStack() as stack:
        with _locked(base):  # nobody takes it for left over before it is locked itself
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=base))
            stack.enter_context(_locked(folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # the run's own user has to pass through
        for name in ("snapshot", "suites", "scratch"):
            (folder / name).mkdir(mode=0o700)
        yield folder


def remove_left_over(base: Path) -> None:
    """Remove the folders of runs whose worker is gone."""
    if not base.is_dir():
        return
    with _locked(base):
        for folder in base.glob("run-*"):
            with suppress(OSError), _locked(folder, fcntl.LOCK_NB):  # its worker lives, or has just removed it
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[None]:
    """Alone in `folder`, at most until this process dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)


def _prepare(base: Path) -> None:
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    if base.stat().st_uid != os.geteuid():
        raise WorkerError(f"{base} belongs to another user: set HUB_EVALUATION_DIR to a folder of this one.")
