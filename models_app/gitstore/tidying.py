"""Keep repositories quick to read and to clone: pack the loose objects and references that pushes and commits leave.

Readers and writers go on meanwhile. Nothing that a reference leads to is touched; what none leads to stays for
`_GRACE`, because a push or a commit that is just under way may be about to name it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2

from models_app.gitstore.locks import writing
from models_app.gitstore.processes import GitProcess

_GRACE = "4.weeks.ago"
_MANY_LOOSE = 2000
_MANY_PACKS = 20
_SECONDS = 1800


def tidy(path: Path) -> bool:
    """Repack the repository at `path` if that is worth it; whether it was. One process at a time does it."""
    with _alone(path) as alone:
        if not alone or not _is_untidy(path / "objects"):
            return False
        with writing(pygit2.Repository(str(path))):
            _run(path, "pack-refs", "--all")
        return _run(path, "repack", "-d", "-l", "--quiet", "--cruft", f"--cruft-expiration={_GRACE}")


def _is_untidy(objects: Path) -> bool:
    """Loose objects are spread over 256 folders by their hash, so one of them tells enough."""
    loose = len(list((objects / "17").glob("*"))) * 256
    return loose > _MANY_LOOSE or len(list((objects / "pack").glob("*.pack"))) > _MANY_PACKS


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process tidies; a lock of its own, because writers need not wait."""
    with (path / "hub.tidy.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _run(path: Path, *arguments: str) -> bool:
    with GitProcess(f"--git-dir={path}", *arguments) as process:
        return process.wait(_SECONDS) == 0
