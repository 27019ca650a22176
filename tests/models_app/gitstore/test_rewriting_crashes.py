"""Rewriting the past: killed at chosen points, beside another writer, on a full disk."""

import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from models_app.gitstore.repository import AddFile, AddPointer, GitRepository, Pointer
from tests.models_app.gitstore.conftest import ALICE, Commit, assert_sound, files

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, resource, signal, sys, uuid
from pathlib import Path
import pygit2
from hub.core.errors import StorageFull
from models_app.gitstore import commits, copying, rewriting
from models_app.gitstore.repository import Author, GitRepository

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

class Mortal:
    moves = 0

    def __init__(self, reference):
        self._reference = reference

    def __getattr__(self, name):
        return getattr(self._reference, name)

    def set_target(self, target):
        Mortal.moves += 1
        if Mortal.moves > 1:
            die()
        self._reference.set_target(target)

repo = GitRepository(Path(sys.argv[1]))
doomed = {file.oid for file in repo.large_files()}
other = GitRepository(Path(sys.argv[2]))
"""
SMALL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))
try:
    WHAT
except StorageFull as error:
    print(error.message)
"""
FORGET, SQUASH = "repo.forget(doomed)", "repo.squash(branch='main', author=Author('B', 'b'), message='One')"
COPY = "other.copy_from(repo)"
BETWEEN = """
lookup = pygit2.Repository.lookup_reference
pygit2.Repository.lookup_reference = lambda self, name: Mortal(lookup(self, name))
"""


@pytest.fixture
def other(repo: GitRepository) -> GitRepository:
    return GitRepository.create(uuid.uuid4())


@pytest.fixture
def long(commit: Commit, repo: GitRepository) -> str:
    """Three commits, the second with a large file; two branches and a tag hold it."""
    commit(AddFile("README.md", b"# Tiny\n"), message="initial commit")
    second = commit(AddPointer("big.bin", Pointer("a" * 64, 5)), message="Second")
    for branch in ("one", "two"):
        repo.create_branch(branch, second)
    repo.create_tag("v1", second, message="First", author=ALICE)
    return commit(AddFile("x.txt", b"x"), message="Third")


def run(repo: GitRepository, other: GitRepository, code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + code, str(repo.path), str(other.path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("setup", ["rewriting.ObjectWriter.sync = die", "rewriting._Rewriter._replaced = die", BETWEEN])
def test_killed_while_forgetting(repo: GitRepository, other: GitRepository, long: str, setup: str) -> None:
    done = run(repo, other, f"{setup}\n{FORGET}")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert_sound(repo)
    assert len(repo.history(repo.resolve("main"))) == 3
    repo.forget({file.oid for file in repo.large_files()})
    assert list(repo.large_files()) == []
    assert {ref.ref for ref in repo.refs("refs/")} == {
        "refs/heads/main",
        "refs/heads/one",
        "refs/heads/two",
        "refs/tags/v1",
    }
    assert repo.resolve("one") == repo.resolve("two") == repo.resolve("v1")
    assert_sound(repo)


@pytest.mark.parametrize("setup", ["commits.ObjectWriter.sync = die", "commits._move = die"])
def test_killed_while_squashing(repo: GitRepository, other: GitRepository, long: str, setup: str) -> None:
    done = run(repo, other, f"{setup}\n{SQUASH}")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert repo.resolve("main") == long
    assert_sound(repo)
    repo.squash(branch="main", author=ALICE, message="One")
    assert len(repo.history(repo.resolve("main"))) == 1


@pytest.mark.parametrize("what", [FORGET, SQUASH, COPY])
def test_a_full_disk_changes_nothing(repo: GitRepository, other: GitRepository, long: str, what: str) -> None:
    before = repo.refs("refs/")
    done = run(repo, other, SMALL.replace("WHAT", what))
    assert done.stdout.startswith("The hub's disk is full: nothing was stored."), done.stderr
    assert (repo.refs("refs/"), other.refs("refs/")) == (before, [])
    assert_sound(repo)
    assert repo.commit(branch="main", parent=long, changes=[AddFile("y", b"y")], author=ALICE, message="Go on")


def test_commits_beside_it_are_kept(repo: GitRepository, other: GitRepository, long: str) -> None:
    """Whoever comes second builds on what the first has left."""
    forgetting = subprocess.Popen([sys.executable, "-c", PROGRAM + FORGET, str(repo.path), str(other.path)], cwd=ROOT)
    for number in range(20):
        repo.commit(branch="main", parent=None, changes=[AddFile(f"n/{number}", b"n")], author=ALICE, message="Beside")
    assert forgetting.wait(timeout=60) == 0
    assert list(repo.large_files()) == []
    assert sorted(path for path in files(repo, repo.resolve("main")) if path.startswith("n/")) == sorted(
        f"n/{number}" for number in range(20)
    )
    assert_sound(repo)
