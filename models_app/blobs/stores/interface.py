"""What the hub asks of a place for large bytes.

Keys are ``<kind>/<name>``, or longer: ``lfs/<sha256>``, ``xorbs/<hash>``, ``parts/<upload>/<number>``.
An object is written once and is whole or absent.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PIECE_BYTES = 256 * 1024  # fits a processor's cache together with what is made of it
_KEY = re.compile(r"[a-z]+(?:/[0-9a-z-]+)+")


def check_key(key: str) -> str:
    """`key`, if it is one. Raises ValueError: a key comes from the hub itself, never from a caller."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key


@dataclass(frozen=True)
class StoredObject:
    """`modified` is when it was stored, in seconds since 1970."""

    key: str
    size: int
    modified: float


class DirectParts(Protocol):
    """Uploads in parts that clients send to the store itself, past the hub."""

    def begin(self, key: str) -> str:
        """Begin an upload to `key`; its id in the store."""

    def part_url(self, key: str, upload: str, number: int, *, seconds: int) -> str:
        """Where to PUT part `number` (from 1) within `seconds`."""

    def finish(self, key: str, upload: str, count: int) -> None:
        """Make `count` parts the object `key`; from then on no client can change it. Once is enough.

        Raises `PartAbsent` for a part that was not sent, `ObjectMissing` for an upload that is not known (any more).
        """

    def give_up(self, key: str, upload: str) -> None:
        """Forget the parts; an upload that is finished or unknown is left as it is."""


class ObjectStore(Protocol):
    """Every method raises `ObjectMissing` for an unknown key, except `exists`, `delete` and `download_url`."""

    @property
    def direct(self) -> DirectParts | None:
        """None where clients do not reach the store."""

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Store the concatenation of `chunks` under `key`, over what is there.

        An exception raised by `chunks` leaves the store as it was; a full disk raises `StorageFull`.
        """

    def move(self, key: str, to: str) -> None:
        """Give the object `key` the key `to`, over what is there."""

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes [start, end) in pieces of at most `PIECE_BYTES`."""

    def local_path(self, key: str) -> Path | None:
        """The file that holds exactly this object, for sendfile; None where objects are not files."""

    def download_url(
        self, key: str, *, seconds: int, name: str = "", span: tuple[int, int] | None = None
    ) -> str | None:
        """Where anybody may GET the object, or ranges of it, for `seconds`; None where clients do not reach the store.

        It lies on another host than the hub. Browsers save the object as `name`. With `span` it opens only bytes
        [start, end), to requests for exactly this range.
        """

    def size(self, key: str) -> int: ...

    def modified(self, key: str) -> float:
        """When the object was stored, in seconds since 1970."""

    def exists(self, key: str) -> bool: ...

    def objects(self, kind: str) -> Iterator[StoredObject]:
        """Every object whose key begins with ``kind/``, as far as no other process removes it meanwhile."""

    def delete(self, prefix: str) -> None:
        """Remove the object `prefix`, and every object below ``prefix/``."""

    def remove_leftovers(self, *, seconds: float) -> None:
        """Remove what processes that died while storing have left, if nothing was added to it for `seconds`."""

    def free_bytes(self) -> int | None:
        """How many bytes more there is room for; None where the store cannot say."""

    def generation(self) -> str:
        """A random id made with the store: another one means that all objects of before are gone."""
