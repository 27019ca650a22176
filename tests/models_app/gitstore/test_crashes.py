"""Two writers at once, kill -9 at chosen points, a full disk: there is the whole commit or nothing of it."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from hub.core.errors import Stale, StorageFull
from models_app.gitstore.repository import AddFile, GitRepository
from tests.models_app.gitstore.conftest import ALICE, Commit, assert_sound, files

ROOT = Path(__file__).parents[3]
WRITER = """
import os, signal, sys
from pathlib import Path
from models_app.gitstore import commits, loose
from models_app.gitstore.repository import AddFile, Author, GitRepository

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

repo = GitRepository(Path(sys.argv[1]))
{setup}
changes = [AddFile(f"{{sys.argv[2]}}/{{i}}", b"x%d" % i) for i in range(20)]
bob = Author("Bob", "bob@example.org")
print(repo.commit(branch="main", parent=None, changes=changes, author=bob, message="From " + sys.argv[2]))
"""


def start(repo: GitRepository, name: str, setup: str = "") -> subprocess.Popen[str]:
    code = textwrap.dedent(WRITER).format(setup=setup)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(repo.path), name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    return output.strip()


POINTS = {
    "before any object": "commits.Plan.write = die",
    "after the objects": "commits._commit_text = die",
    "in the middle of an object": "loose.zlib.compress = die",
    "before they are synced": "loose.ObjectWriter.sync = die",
    "before the branch moves": "commits._move = die",
    "with the branch locked": (
        "commits._move = lambda repository, reference, *_: (open(repository.path + reference + '.lock', 'w'), die())"
    ),
}


@pytest.mark.parametrize("setup", POINTS.values(), ids=POINTS)
def test_a_killed_writer_changes_nothing_and_blocks_nobody(
    repo: GitRepository, commit: Commit, first: str, setup: str
) -> None:
    before = files(repo, first)
    writer = start(repo, "killed", setup)
    writer.communicate(timeout=30)
    assert writer.returncode == -signal.SIGKILL
    assert repo.resolve("main") == first
    assert_sound(repo)
    second = finish(start(repo, "retried"))
    assert GitRepository(repo.path).resolve("main") == second
    assert files(repo, second) == before | {f"retried/{i}": b"x%d" % i for i in range(20)}
    assert_sound(repo)


def test_killed_after_the_branch_moved_the_commit_is_whole(repo: GitRepository, first: str) -> None:
    setup = "move = commits._move; commits._move = lambda *args: (move(*args), die())"
    writer = start(repo, "killed", setup)
    writer.communicate(timeout=30)
    assert writer.returncode == -signal.SIGKILL
    second = repo.resolve("main")
    assert second != first
    assert_sound(repo)
    assert finish(start(repo, "killed")) == second  # the client, who saw no answer, asks again


def test_processes_that_write_at_once_lose_nothing(repo: GitRepository, first: str) -> None:
    writers = [start(repo, f"writer-{number}") for number in range(6)]
    shas = {finish(writer) for writer in writers}
    head = repo.resolve("main")
    history = [one.sha for one in repo.history(head)]
    assert set(history) == shas | {first}
    assert len(history) == 7
    assert len(files(repo, head)) == 3 + 6 * 20
    assert_sound(repo)


def test_threads_that_expect_the_same_parent_only_one_wins(repo: GitRepository, first: str) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        own = GitRepository(repo.path)
        barrier.wait()
        try:
            own.commit(
                branch="main", parent=first, changes=[AddFile("x", b"%d" % number)], author=ALICE, message=str(number)
            )
        except Stale:
            outcomes.append("stale")
        else:
            outcomes.append("won")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["stale"] * 7 + ["won"]
    assert len(repo.history(repo.resolve("main"))) == 2


def test_a_writer_without_the_lock_is_seen(repo: GitRepository, commit: Commit, first: str) -> None:
    """A git process that moves the branch between our look at it and our move of it."""
    setup = """
import subprocess
plan_write = commits.Plan.write
def write(*args):
    plan_write(*args)
    subprocess.run(["git", "-C", sys.argv[1], "update-ref", "refs/heads/main", "%s"], check=True)
commits.Plan.write = write
"""
    second = commit(AddFile("x", b"1"))
    writer = start(repo, "late", setup % first)
    _, errors = writer.communicate(timeout=30)
    assert "Stale" in errors
    assert repo.resolve("main") == first
    assert second != first


def test_a_full_disk_is_a_refusal(repo: GitRepository, first: str) -> None:
    """Files of this process may not grow beyond 4,096 bytes: to git it looks like a full disk."""
    setup = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
changes = [AddFile("big", os.urandom(100_000))]
from hub.core.errors import StorageFull
try:
    repo.commit(branch="main", parent=None, changes=changes, author=Author("B", "b"), message="big")
except StorageFull as error:
    print(error.message)
    sys.exit()
"""
    assert finish(start(repo, "big", setup)).startswith("The hub's disk is full: nothing was stored.")
    assert repo.resolve("main") == first
    assert_sound(repo)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_really_full_disk(repo: GitRepository, first: str, commit: Commit) -> None:
    objects = repo.path / "objects"
    kept = {path.relative_to(objects): path.read_bytes() for path in objects.rglob("*") if path.is_file()}
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(objects)], check=True)
    try:
        for path, content in kept.items():
            (objects / path).parent.mkdir(parents=True, exist_ok=True)
            (objects / path).write_bytes(content)
        with pytest.raises(StorageFull):
            commit(AddFile("big", os.urandom(500_000)))
        assert repo.resolve("main") == first
        assert_sound(repo)
        assert commit(AddFile("small", b"1")) != first
        assert_sound(repo)
    finally:
        subprocess.run(["umount", str(objects)], check=True)
