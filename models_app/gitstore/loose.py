"""Write git objects as loose files.

libgit2 could do it, but it forgets why a write failed (a full disk looks like a missing object), and it syncs each of
a thousand files on its own.
"""

import ctypes
import hashlib
import os
import uuid
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pygit2

_MANY = 64  # from here on, flushing the file system once is faster than flushing each file
_COMPRESSION = 1

Kind = Literal["blob", "tree", "commit", "tag"]


def object_id(kind: Kind, content: bytes) -> str:
    """The id that git gives to an object: SHA-1 over its header and content, in hex."""
    return hashlib.sha1(_framed(kind, content), usedforsecurity=False).hexdigest()


def _framed(kind: Kind, content: bytes) -> bytes:
    return b"%b %d\0%b" % (kind.encode(), len(content), content)


class ObjectWriter:
    """Writes objects and, at the end, makes them durable: call `sync` before a reference names them."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._folder = Path(repository.path) / "objects"
        self._files: set[Path] = set()

    def write(self, kind: Kind, content: bytes) -> str:
        """Store an object and return its id. Raises `OSError`; then no such object is there."""
        oid = object_id(kind, content)
        path = self._path(oid)
        # One in a pack is written again: the pack may hold it because nothing leads to it, and be about to go.
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            temporary = self._folder / f"tmp_obj_{uuid.uuid4().hex}"  # git's own collection removes such leftovers
            try:
                temporary.write_bytes(zlib.compress(_framed(kind, content), _COMPRESSION))
                temporary.chmod(0o444)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        self.include(oid)
        return oid

    def include(self, oid: str) -> None:
        """Make `sync` also cover an object written earlier; one in a pack is durable already."""
        path = self._path(oid)
        with suppress(FileNotFoundError):  # packed, maybe this moment
            os.utime(path)  # git's collection spares unreferenced objects that are young
            self._files.add(path)

    def sync(self) -> None:
        if len(self._files) > _MANY:
            sync_file_system(self._folder)
            return
        # A file that has gone meanwhile lies in a pack, which git has synced.
        for path in self._files | {file.parent for file in self._files} | {self._folder}:
            with suppress(FileNotFoundError):
                _sync(path)

    def _path(self, oid: str) -> Path:
        return self._folder / oid[:2] / oid[2:]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Make durable all that was written to the file system of `folder`."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:  # not Linux
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
