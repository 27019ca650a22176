"""Uploads beside the sweep, and a sweep that is killed: whoever was told that bytes are stored can read them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, connections

from models_app.blobs.errors import Swept
from models_app.blobs.models import Blob
from models_app.blobs.reader import open_blob
from models_app.blobs.store import LocalStore, object_store
from models_app.repos.models import Repo
from models_app.storage import garbage, sweeping
from models_app.storage.garbage import collect_garbage
from models_app.uploads.grants import granted
from models_app.uploads.models import UploadGrant
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.storage.conftest import Turn, commit, point, send, send_by_xet, stored

pytestmark = pytest.mark.django_db(transaction=True)
MANY = [f"weights {number}".encode() for number in range(40)]


def again(action: Callable[[], object]) -> None:
    """As clients do when they are told that the store is busy."""
    for _ in range(5):
        try:
            action()
        except Swept:
            continue
        return
    raise AssertionError


def together(*actions: Callable[[], object]) -> None:
    """Run `actions` at once, each on its own connection."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        try:
            barrier.wait()
            action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        for outcome in [pool.submit(run, action) for action in actions]:
            outcome.result()


def read(sha256: str, repo: Repo) -> bytes:
    return b"".join(open_blob(granted(repo, [sha256])[sha256]))


def test_uploads_win(repo: Repo, days_pass: Turn) -> None:
    """Files that the sweep is about to take are sent again, each in the moment when the sweep comes to it."""
    for content in MANY:
        send(repo, content)
    collect_garbage()
    days_pass(29)
    together(
        collect_garbage,
        collect_garbage,
        lambda: [again(lambda content=content: send(repo, content)) for content in MANY],
        lambda: [again(lambda content=content: send(repo, content)) for content in reversed(MANY)],
    )
    blobs = [send(repo, content) for content in MANY]
    assert [read(blob.pk, repo) for blob in blobs] == MANY


def test_commits_win(repo: Repo, days_pass: Turn) -> None:
    """Nothing is sent again: clients were told that the hub has the files, and commit pointers."""
    blobs = [send(repo, content) for content in MANY]
    collect_garbage()
    days_pass(27)
    together(
        collect_garbage,
        lambda: [commit(repo, point(f"{number}.bin", blob)) for number, blob in enumerate(blobs)],
    )
    days_pass(2)
    collect_garbage()
    assert [read(blob.pk, repo) for blob in blobs] == MANY


def test_xorbs_sent_again_win(repo: Repo, recording: Recording, days_pass: Turn) -> None:
    send_by_xet(repo, recording)
    collect_garbage()
    days_pass(29)
    together(collect_garbage, lambda: again(lambda: send_by_xet(repo, recording)))
    assert [read(blob.pk, repo) for blob in send_by_xet(repo, recording)] == list(CONTENTS)


def test_an_old_object_removed_under_a_new_upload_is_noticed(
    repo: Repo, objects: Path, days_pass: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one case in which an upload must be repeated: it is told so, instead of being told that all is well."""
    send(repo, b"content")
    Blob.objects.all().delete()
    put = LocalStore.put

    def put_and_lose(self: LocalStore, key: str, chunks: Iterator[bytes]) -> None:
        put(self, key, chunks)
        self.delete(key)
        monkeypatch.undo()

    monkeypatch.setattr(LocalStore, "put", put_and_lose)
    with pytest.raises(Swept):
        send(repo, b"content")
    assert (Blob.objects.count(), UploadGrant.objects.count()) == (0, 0)


@contextmanager
def killed(owner: object, name: str, *, after: bool) -> Iterator[None]:
    """In a child process, die by SIGKILL when ``owner.name`` is called, or has returned, for the first time."""
    original = getattr(owner, name)

    def die(*arguments: object, **keywords: object) -> None:
        if after:
            original(*arguments, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, die)
    yield
    setattr(owner, name, original)


POINTS = [
    (garbage, "mark_all", True),
    (sweeping, "_sweep_grants", True),
    (sweeping, "_sweep_blobs", False),
    (sweeping, "_sweep_blobs", True),
    (sweeping, "_sweep_xorbs", True),
    (LocalStore, "delete", False),
    (LocalStore, "delete", True),
]


@pytest.mark.parametrize(("owner", "name", "after"), POINTS, ids=[f"{name}-{after}" for _, name, after in POINTS])
def test_killed(
    repo: Repo,
    recording: Recording,
    objects: Path,
    days_pass: Turn,
    owner: object,
    name: str,
    after: bool,  # noqa: FBT001
) -> None:
    kept = send(repo, b"kept")
    commit(repo, point("kept.bin", kept))
    doomed = send(repo, b"doomed")
    send_by_xet(repo, recording)
    collect_garbage()
    days_pass(29)
    connections.close_all()
    child = os.fork()
    if child == 0:
        with killed(owner, name, after=after):
            collect_garbage()
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert read(kept.pk, repo) == b"kept"
    sent = [send(repo, b"doomed"), *send_by_xet(repo, recording)]
    assert [read(blob.pk, repo) for blob in sent] == [b"doomed", *CONTENTS]
    UploadGrant.objects.exclude(blob=kept).delete()
    collect_garbage()
    days_pass(29)
    collect_garbage()
    assert stored(objects) == [kept.pk]
    assert not Blob.objects.filter(pk=doomed.pk).exists()


def test_the_sweep_of_bytes_waits_for_nobody_who_is_slow(repo: Repo, objects: Path, days_pass: Turn) -> None:
    """A large upload takes longer than a sweep: its object appears at its end, and is young then."""
    key = "lfs/" + "0" * 64
    object_store().put(key, [b"old"])
    days_pass(29)

    def slow() -> Iterator[bytes]:
        yield b"new"
        collect_garbage()

    object_store().put(key, slow())
    assert time.time() - object_store().modified(key) < 60
    collect_garbage()
    assert object_store().exists(key)
