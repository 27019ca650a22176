"""Look at a stored xorb before its bytes leave: Xet clients do not check what they unpack.

A xorb that was found whole counts as whole for a while, so that of many readers few wait for it. In stores that are
not local files nothing is looked at: object services check their own bytes.
"""

import time
from functools import lru_cache
from pathlib import Path

from models_app.blobs.errors import ContentMismatch, ObjectMissing
from models_app.blobs.store import PIECE_BYTES
from models_app.blobs.xet.xorb import XorbCheck

_SECONDS = 3600
_REMEMBERED = 4096


def check_whole(xorb: str, path: Path) -> None:
    """Raises `ObjectMissing` if the file at `path` is not the xorb `xorb` (any more)."""
    stat = path.stat()
    try:
        _read(xorb, path, stat.st_ino, stat.st_mtime_ns, int(time.time()) // _SECONDS)
    except ContentMismatch as error:
        raise ObjectMissing(
            f"The stored xorb {xorb} is damaged: ask the hub's operator to run manage.py fsck."
        ) from error


@lru_cache(maxsize=_REMEMBERED)
def _read(xorb: str, path: Path, _inode: int, _modified: int, _period: int) -> None:
    with path.open("rb") as file:
        for _ in XorbCheck(xorb, iter(lambda: file.read(PIECE_BYTES), b"")).stored():
            pass
