"""kill -9 in the middle and a full disk: an object is whole or absent, and a second try succeeds."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.errors import StorageFull
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.reader import open_blob
from models_app.blobs.services import store_lfs, store_part, store_xorb
from models_app.blobs.store import LocalStore
from tests.models_app.blobs.conftest import files_of
from tests.models_app.blobs.recording_store import Recording

ROOT = Path(__file__).parents[3]
CONTENT = bytes(range(256)) * 8192
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WRITER = """
import os, signal, sys
from pathlib import Path
from hub.core import files
from models_app.blobs.store import LocalStore

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def pieces():
    content = bytes(range(256)) * 8192
    yield content[:1_000_000]
    {middle}
    yield content[1_000_000:]

{setup}
LocalStore(Path(sys.argv[1])).put(sys.argv[2], pieces())
"""
POINTS = {
    "between two pieces": ("die()", ""),
    "before it is synced": ("", "files.os.fsync = die"),
    "before it gets its name": ("", "Path.replace = die"),
}


def run_writer(store: LocalStore, middle: str, setup: str) -> int:
    code = WRITER.format(middle=middle or "pass", setup=setup)
    command = [sys.executable, "-c", code, str(store.root), f"lfs/{SHA256}"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.django_db
@pytest.mark.parametrize(("middle", "setup"), POINTS.values(), ids=POINTS)
def test_a_killed_writer_leaves_no_object(store: LocalStore, middle: str, setup: str) -> None:
    assert run_writer(store, middle, setup) == -signal.SIGKILL
    assert not store.exists(f"lfs/{SHA256}")
    (leftover,) = store.root.rglob("tmp/*")
    blob = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    assert b"".join(open_blob(blob)) == CONTENT
    store.remove_leftovers(seconds=-1)
    assert not leftover.exists()
    assert files_of(store) == [SHA256]


@pytest.mark.django_db
def test_killed_after_the_object_got_its_name(store: LocalStore) -> None:
    """The file is there, the row is not: nobody can see it, and the next upload of the same bytes is as any other."""
    assert run_writer(store, "", "files._sync_folder = die") == -signal.SIGKILL
    assert store.exists(f"lfs/{SHA256}")
    assert not Blob.objects.exists()
    blob = store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    assert b"".join(open_blob(blob)) == CONTENT


@pytest.fixture
def small_disk(store: LocalStore) -> Iterator[LocalStore]:
    """The store on a disk of 1 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    store.root.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(store.root)], check=True)
    yield store
    subprocess.run(["umount", str(store.root)], check=True)


@pytest.mark.django_db
def test_a_full_disk(small_disk: LocalStore, recording: Recording) -> None:
    with pytest.raises(StorageFull, match="disk is full: nothing was stored"):
        store_lfs(sha256=SHA256, size=len(CONTENT), chunks=[CONTENT])
    with pytest.raises(StorageFull):
        store_part(key="parts/1/1", size=len(CONTENT), chunks=[CONTENT[:500_000], CONTENT[500_000:]])
    small_disk.put("lfs/filler", [bytes(700_000)])
    for name, body in recording.xorbs.items():
        with pytest.raises(StorageFull):
            store_xorb(xorb=name, body=[body])
    assert files_of(small_disk) == ["filler"]
    assert (Blob.objects.count(), Xorb.objects.count()) == (0, 0)
    small = CONTENT[:100_000]
    assert store_lfs(sha256=hashlib.sha256(small).hexdigest(), size=len(small), chunks=[small]).size == 100_000


def test_a_file_size_limit(store: LocalStore) -> None:
    setup = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
from hub.core.errors import StorageFull
try:
    LocalStore(Path(sys.argv[1])).put(sys.argv[2], pieces())
except StorageFull:
    sys.exit(77)
"""
    assert run_writer(store, "", setup) == 77
    assert files_of(store) == []
