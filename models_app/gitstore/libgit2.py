"""libgit2 as this hub runs it: hermetic, durable, small."""

from collections.abc import Iterator
from contextlib import contextmanager

import pygit2
from pygit2.enums import ConfigLevel, Option

from hub.core.errors import StorageFull
from hub.core.files import DISK_FULL, full_disk_is_a_refusal

CACHE_BYTES = 32 * 1024 * 1024
_DISK_FULL = ("No space left", "Disk quota exceeded", "File too large")

# The configuration of the machine's user must not change what a commit is.
for level in (ConfigLevel.GLOBAL, ConfigLevel.XDG, ConfigLevel.SYSTEM, ConfigLevel.PROGRAMDATA):
    pygit2.settings.search_path[level] = ""
pygit2.option(Option.SET_TEMPLATE_PATH, "")
# A commit that was answered must survive a power cut: references are synced (objects: `loose`).
pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
pygit2.option(Option.SET_CACHE_MAX_SIZE, CACHE_BYTES)


@contextmanager
def disk_full_is_a_refusal() -> Iterator[None]:
    """Turn write errors, libgit2's wordy ones too, into `StorageFull`; objects written so far belong to no commit."""
    try:
        with full_disk_is_a_refusal():
            yield
    except (OSError, pygit2.GitError) as error:
        if any(text in str(error) for text in _DISK_FULL):
            raise StorageFull(DISK_FULL) from error
        raise
