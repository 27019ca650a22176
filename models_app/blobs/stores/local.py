"""Objects as files."""

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from hub.core.files import made_once, remove_leftovers, write_atomically
from models_app.blobs.errors import ObjectMissing
from models_app.blobs.stores.interface import PIECE_BYTES, StoredObject, check_key


class LocalStore:
    """Objects as files below `root`, spread over 65,536 folders a kind."""

    direct = None

    def __init__(self, root: Path) -> None:
        self.root = root
        self._scratch = root / "tmp"

    def _path(self, key: str) -> Path:
        kind, name, *rest = check_key(key).split("/")
        return self.root.joinpath(kind, name[:2], name[2:4], name, *rest)

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> None:
        with write_atomically(self._path(key), scratch=self._scratch) as file:
            for chunk in chunks:
                file.write(chunk)

    def move(self, key: str, to: str) -> None:
        target = self._path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._path(key).replace(target)
        except FileNotFoundError:
            raise _missing(key) from None

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise _missing(key) from None
        return _pieces(file, start, end)

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        if not path.is_file():
            raise _missing(key)
        return path

    def download_url(
        self,
        key: str,  # noqa: ARG002 (the interface's)
        *,
        seconds: int,  # noqa: ARG002
        name: str = "",  # noqa: ARG002
        span: tuple[int, int] | None = None,  # noqa: ARG002
    ) -> str | None:
        return None

    def size(self, key: str) -> int:
        return self._stat(key).st_size

    def modified(self, key: str) -> float:
        return self._stat(key).st_mtime

    def _stat(self, key: str) -> os.stat_result:
        try:
            return self._path(key).stat()
        except FileNotFoundError:
            raise _missing(key) from None

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def objects(self, kind: str) -> Iterator[StoredObject]:
        root = self.root / kind
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                _ab, _cd, *key = path.relative_to(root).parts
                with suppress(FileNotFoundError):
                    stat = path.stat()
                    yield StoredObject("/".join([kind, *key]), stat.st_size, stat.st_mtime)

    def delete(self, prefix: str) -> None:
        path = self._path(prefix)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def remove_leftovers(self, *, seconds: float) -> None:
        remove_leftovers(self._scratch, seconds=seconds)

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self.root).free if self.root.exists() else None

    def generation(self) -> str:
        return made_once(self.root / "generation", lambda: str(uuid.uuid4()), scratch=self._scratch)


def _missing(key: str) -> ObjectMissing:
    return ObjectMissing(f"{key} is not stored.")


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
