"""Objects as files."""

import os
import time

import pytest

from models_app.blobs.errors import ObjectMissing
from models_app.blobs.store import LocalStore


def test_files_are_spread(store: LocalStore) -> None:
    store.put("lfs/abcdef", [b"x"])
    path = store.local_path("lfs/abcdef")
    assert path is not None
    assert path.relative_to(store.root).as_posix() == "lfs/ab/cd/abcdef"
    with pytest.raises(ObjectMissing):
        store.local_path("lfs/123456")


def test_generation_differs_between_stores(store: LocalStore) -> None:
    assert LocalStore(store.root / "other").generation() != store.generation()
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
