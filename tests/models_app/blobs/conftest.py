"""An empty store for each test, and one upload of the stock Xet client for all."""

import random
import struct
from pathlib import Path

import pytest
from pytest_django import Settings

from models_app.blobs.services import store_xorb
from models_app.blobs.store import LocalStore, ObjectStore, object_store
from tests.models_app.blobs.recording_store import Recording, record

_RANDOM = random.Random(7)  # noqa: S311 (the same bytes each time)
NOISE = _RANDOM.randbytes(300_000)  # stays as it is
FLOATS = struct.pack("<100000f", *(_RANDOM.gauss(0, 1) for _ in range(100_000)))  # byte grouping helps
TEXT = b"0123456789abcdef" * 50_000  # LZ4 helps, and its chunks repeat: several segments
CONTENTS = (NOISE, FLOATS, TEXT)


@pytest.fixture(scope="session")
def recording() -> Recording:
    """What the stock client sends for `CONTENTS`: one xorb with chunks of all three schemes, and one shard."""
    return record(*CONTENTS)


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> LocalStore:
    """The hub's store for this test, empty."""
    root = tmp_path / "objects"
    settings.OBJECT_STORE = f"file://{root}"
    return LocalStore(root)


@pytest.fixture
def any_store(request: pytest.FixtureRequest, settings: Settings) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "local":
        store: ObjectStore = request.getfixturevalue("store")
        return store
    settings.OBJECT_STORE = request.getfixturevalue("bucket")
    return object_store()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "any_store" in metafunc.fixturenames:
        metafunc.parametrize("any_store", ["local", "s3"], indirect=True)


@pytest.fixture
def received(recording: Recording, store: LocalStore, db: None) -> Recording:
    """`recording` as far as its xorbs: stored, its shard not yet registered."""
    for name, body in recording.xorbs.items():
        store_xorb(xorb=name, body=[body])
    return recording


def files_of(store: LocalStore) -> list[str]:
    """Every file of the store, temporary ones too, without the folders that spread them."""
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())
