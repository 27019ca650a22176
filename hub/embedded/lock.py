"""One hub per data folder: two would serve the same rows from two Valkeys and rotate each other's logs."""

import fcntl
import json
import os
from pathlib import Path


class FolderInUse(Exception):
    """Another hub holds the folder; the sentence says which."""


class FolderLock:
    """Held while the process lives: the kernel lets go of it also after a kill -9."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "run" / "hub.lock"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Kept open on purpose; children do not inherit it, or one that is dying could keep the folder.
        self._file = self._path.open("a+", encoding="utf-8")

    def acquire(self, url: str) -> None:
        """Take the folder for a hub that answers at `url`. Raises `FolderInUse`."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(self._sentence()) from None
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "url": url}, self._file)
        self._file.flush()

    def _sentence(self) -> str:
        folder = self._path.parents[1]
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError:  # the holder is about to write its name
            return f"Another hub is starting on {folder}."
        return (
            f"A hub is running on {folder} already: process {holder['pid']} at {holder['url']}. "
            "Stop it (Ctrl-C), or give this one a folder of its own with HUB_DATA_DIR."
        )
