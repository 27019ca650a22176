import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from models_app.gitstore.repository import AddFile, Author, Change, GitRepository

ALICE = Author("Alice", "alice@example.org")

Commit = Callable[..., str]


@pytest.fixture
def storage_id(tmp_path: Path, settings: Settings) -> uuid.UUID:
    settings.GIT_DIR = tmp_path / "git"
    return uuid.uuid4()


@pytest.fixture
def repo(storage_id: uuid.UUID) -> GitRepository:
    return GitRepository.create(storage_id)


@pytest.fixture
def commit(repo: GitRepository) -> Commit:
    """``commit(change, …, parent=…, branch=…, message=…)`` as Alice; the first call makes the branch main."""

    def commit(*changes: Change, parent: str | None = None, branch: str = "main", message: str = "Change") -> str:
        return repo.commit(branch=branch, parent=parent, changes=changes, author=ALICE, message=message)

    return commit


@pytest.fixture
def first(commit: Commit) -> str:
    """The sha of a commit with three files in two folders."""
    return commit(
        AddFile("README.md", b"# Tiny\n"),
        AddFile("a/one.txt", b"1"),
        AddFile("a/b/two.txt", b"2"),
        message="initial commit",
    )


def git(repo: GitRepository, *arguments: str) -> str:
    """What the git command itself says of the repository."""
    command = ["git", "-C", str(repo.path), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def assert_sound(repo: GitRepository) -> None:
    """The check of git itself finds nothing to complain about."""
    git(repo, "fsck", "--strict", "--full", "--no-dangling")


def files(repo: GitRepository, sha: str) -> dict[str, bytes]:
    return {entry.path: repo.read(entry.oid) for entry in repo.entries(sha, recursive=True) if entry.kind == "file"}
