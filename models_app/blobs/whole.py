"""Look at stored xorbs before their bytes leave: clients do not check what they unpack.

A xorb that was found whole, by whichever process, counts as whole for a while, so that of many readers few wait for
it. In stores that are not local files nothing is remembered, and nothing is looked at in advance: object services
check their own bytes.
"""

from contextlib import suppress
from pathlib import Path

from django.core.cache import cache
from redis.exceptions import RedisError

from models_app.blobs.errors import ContentMismatch, ObjectMissing
from models_app.blobs.store import PIECE_BYTES
from models_app.blobs.xet.xorb import XorbCheck

DAMAGED = "The stored xorb {} is damaged: ask the hub's operator to run manage.py fsck."
_SECONDS = 3600


def check_whole(xorb: str, path: Path) -> None:
    """Raises `ObjectMissing` if the file at `path` is not the xorb `xorb` (any more)."""
    state = state_of(path)
    if is_known_whole(state):
        return
    try:
        with path.open("rb") as file:
            for _ in XorbCheck(xorb, iter(lambda: file.read(PIECE_BYTES), b"")).stored():
                pass
    except ContentMismatch as error:
        raise ObjectMissing(DAMAGED.format(xorb)) from error
    remember_whole(state)


def state_of(path: Path) -> str:
    """What changes when the file is written to or replaced."""
    stat = path.stat()
    return f"whole/{path.name}/{stat.st_dev}/{stat.st_ino}/{stat.st_mtime_ns}"


def is_known_whole(state: str) -> bool:
    """Whether the file was found whole in this state, within the last hour."""
    with suppress(RedisError):  # without Valkey it is looked at each time
        return cache.get(state) is not None
    return False


def remember_whole(state: str) -> None:
    """Every chunk of the xorb that was in this state before it was read had its hash."""
    with suppress(RedisError):
        cache.set(state, True, timeout=_SECONDS)
