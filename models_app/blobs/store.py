"""Where large bytes lie: a tiny interface, and its implementation on local files.

Keys are ``<kind>/<name>``, or longer: ``lfs/<sha256>``, ``xorbs/<hash>``, ``parts/<upload>/<number>``.
An object is written once and is whole or absent.
"""

import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from hub.core.files import remove_leftovers, write_atomically
from models_app.blobs.errors import ObjectMissing

PIECE_BYTES = 1024 * 1024
_KEY = re.compile(r"[a-z]+(?:/[0-9a-z-]+)+")


class ObjectStore(Protocol):
    """Every method raises `ObjectMissing` for an unknown key, except `exists` and `delete`."""

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Store the concatenation of `chunks` under `key`, over what is there.

        An exception raised by `chunks` leaves the store as it was; a full disk raises `StorageFull`.
        """

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes [start, end) in pieces of at most `PIECE_BYTES`."""

    def local_path(self, key: str) -> Path | None:
        """The file that holds exactly this object, for sendfile; None where objects are not files."""

    def size(self, key: str) -> int: ...

    def exists(self, key: str) -> bool: ...

    def delete(self, prefix: str) -> None:
        """Remove the object `prefix`, or every object below ``prefix/``."""

    def remove_leftovers(self, *, seconds: float) -> None:
        """Remove what processes that died while storing have left, if nothing was added to it for `seconds`."""

    def generation(self) -> str:
        """A random id made with the store: another one means that all objects of before are gone."""


class LocalStore:
    """Objects as files below `root`, spread over 65,536 folders a kind."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._scratch = root / "tmp"

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key: {key!r}")
        kind, name, *rest = key.split("/")
        return self.root.joinpath(kind, name[:2], name[2:4], name, *rest)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        with write_atomically(self._path(key), scratch=self._scratch) as file:
            for chunk in chunks:
                file.write(chunk)

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise ObjectMissing(f"{key} is not stored.") from None
        return _pieces(file, start, end)

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(f"{key} is not stored.")
        return path

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise ObjectMissing(f"{key} is not stored.") from None

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, prefix: str) -> None:
        path = self._path(prefix)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def remove_leftovers(self, *, seconds: float) -> None:
        remove_leftovers(self._scratch, seconds=seconds)

    def generation(self) -> str:
        path = self.root / "generation"
        if not path.exists():
            candidate = self.root / f"generation-{uuid.uuid4()}"
            with write_atomically(candidate, scratch=self._scratch) as file:
                file.write(str(uuid.uuid4()).encode())
            with suppress(FileExistsError):  # of two first callers one wins, and both read its id
                path.hardlink_to(candidate)
            candidate.unlink()
        return path.read_text(encoding="ascii")


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece


@lru_cache(maxsize=4)
def _store_at(address: str) -> ObjectStore:
    url = urlsplit(address)
    if url.scheme == "file":
        return LocalStore(Path(unquote(url.path)))
    raise ImproperlyConfigured(f"HUB_OBJECT_STORE: unknown scheme {url.scheme!r}: use file:///path.")


def object_store() -> ObjectStore:
    """The store that HUB_OBJECT_STORE names."""
    return _store_at(settings.OBJECT_STORE)
