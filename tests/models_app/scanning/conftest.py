"""Alice's repos, short ways to fill them, and a scanner that works off what is queued."""

import hashlib
from collections.abc import Callable

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.services import store_lfs
from models_app.gitstore.objects import AddFile, AddPointer, Pointer
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.scanning.services import scan_waiting
from models_app.uploads.grants import grant
from models_app.uploads.services import commit_changes

MakeRepo = Callable[..., Repo]
Commit = Callable[..., str]


@pytest.fixture
def make_repo(db: None) -> MakeRepo:
    def make(owner: User, name: str = "tiny", *, private: bool = False) -> Repo:
        return create_repo(actor=Actor(user=owner), kind="model", namespace=owner.username, name=name, private=private)

    return make


@pytest.fixture
def repo(alice: User, make_repo: MakeRepo) -> Repo:
    return make_repo(alice)


@pytest.fixture
def commit() -> Commit:
    """``commit(repo, {"small.txt": b"…"}, large={"model.bin": b"…"}, revision="main")``, as the repo's creator."""

    def commit(
        repo: Repo, small: dict[str, bytes], *, large: dict[str, bytes] | None = None, revision: str = "main"
    ) -> str:
        changes: list[AddFile | AddPointer] = [AddFile(*item) for item in small.items()]
        for path, content in (large or {}).items():
            sha256 = hashlib.sha256(content).hexdigest()
            grant(repo, store_lfs(sha256=sha256, size=len(content), chunks=[content]))
            changes.append(AddPointer(path, Pointer(sha256, len(content))))
        sha = commit_changes(
            actor=Actor(user=repo.creator),
            repo=repo,
            revision=revision,
            parent=None,
            summary="Fill",
            description="",
            changes=changes,
        )
        repo.refresh_from_db()
        return sha

    return commit


@pytest.fixture
def scan() -> Callable[[], None]:
    def scan() -> None:
        assert scan_waiting(seconds=30) is False

    return scan
