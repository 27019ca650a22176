"""One writer at a time per repository."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pygit2


@contextmanager
def writing(repository: pygit2.Repository, *references: str) -> Iterator[None]:
    """Hold the repository's write lock; every writer of refs, git's own processes included, must hold it.

    The kernel frees a `flock` when its holder dies. git's own ``.lock`` files stay behind after a kill -9 and would
    block a ref for ever. Because each writer holds this lock, one that is seen here has a dead owner: it is removed.
    """
    folder = Path(repository.path)
    with (folder / "hub.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for name in ("packed-refs", *references):
            with suppress(FileNotFoundError, NotADirectoryError):
                (folder / f"{name}.lock").unlink()
        yield
