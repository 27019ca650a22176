"""The local object store."""

import os
import time
from collections.abc import Iterator

import pytest

from models_app.blobs.errors import ObjectMissing
from models_app.blobs.store import PIECE_BYTES, LocalStore, object_store
from tests.models_app.blobs.conftest import files_of


def test_put_then_read_ranges(store: LocalStore) -> None:
    store.put("lfs/abcdef", [b"hello ", b"world"])
    assert b"".join(store.open_range("lfs/abcdef", 0, 11)) == b"hello world"
    assert b"".join(store.open_range("lfs/abcdef", 4, 8)) == b"o wo"
    assert b"".join(store.open_range("lfs/abcdef", 6, 100)) == b"world"
    assert b"".join(store.open_range("lfs/abcdef", 3, 3)) == b""
    assert store.size("lfs/abcdef") == 11
    assert store.exists("lfs/abcdef")
    path = store.local_path("lfs/abcdef")
    assert path is not None
    assert path.relative_to(store.root).as_posix() == "lfs/ab/cd/abcdef"


def test_pieces_are_bounded(store: LocalStore) -> None:
    store.put("lfs/abcdef", [bytes(PIECE_BYTES + 5)])
    assert [len(piece) for piece in store.open_range("lfs/abcdef", 0, PIECE_BYTES + 5)] == [PIECE_BYTES, 5]


def test_a_failing_source_leaves_the_store_as_it_was(store: LocalStore) -> None:
    store.put("lfs/abcdef", [b"before"])

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put("lfs/abcdef", broken())
    with pytest.raises(ConnectionResetError):
        store.put("lfs/123456", broken())
    assert b"".join(store.open_range("lfs/abcdef", 0, 6)) == b"before"
    assert files_of(store) == ["abcdef"]


@pytest.mark.parametrize("method", ["size", "local_path"])
def test_missing_object(store: LocalStore, method: str) -> None:
    with pytest.raises(ObjectMissing):
        getattr(store, method)("lfs/abcdef")
    with pytest.raises(ObjectMissing):
        store.open_range("lfs/abcdef", 0, 1)
    assert not store.exists("lfs/abcdef")
    store.delete("lfs/abcdef")


@pytest.mark.parametrize("key", ["", "lfs", "lfs/", "lfs/../x", "lfs/a/../../b", "/lfs/a", "lfs/A", "lfs/a\n"])
def test_only_plain_keys_become_paths(store: LocalStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, [b"x"])


def test_delete_a_prefix(store: LocalStore) -> None:
    for number in (1, 2, 10):
        store.put(f"parts/0000-1/{number}", [b"x"])
    store.put("parts/0000-2/1", [b"x"])
    store.delete("parts/0000-1")
    assert not store.exists("parts/0000-1/10")
    assert store.exists("parts/0000-2/1")


def test_generation_stays_and_differs_between_stores(store: LocalStore) -> None:
    generation = object_store().generation()
    assert len(generation) == 36
    assert LocalStore(store.root).generation() == generation
    assert LocalStore(store.root / "other").generation() != generation
    assert [path.name for path in store.root.glob("generation*")] == ["generation"]


def test_leftovers_of_dead_writers_are_removed_and_those_of_living_ones_not(store: LocalStore) -> None:
    old, new = store.root / "tmp" / "old", store.root / "tmp" / "new"
    old.parent.mkdir(parents=True)
    for path in (old, new):
        path.touch()
    os.utime(old, (time.time() - 100, time.time() - 100))
    store.remove_leftovers(seconds=50)
    assert not old.exists()
    assert new.exists()
