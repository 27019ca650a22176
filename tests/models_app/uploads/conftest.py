"""A repo of Alice, and short ways to commit to it."""

import hashlib
from collections.abc import Callable

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.services import store_lfs
from models_app.gitstore.objects import AddFile, AddPointer, Change, Pointer
from models_app.repos.models import Repo
from models_app.uploads.grants import grant
from models_app.uploads.services import commit_changes

Commit = Callable[..., str]
StoreLarge = Callable[[str, bytes], AddPointer]


@pytest.fixture
def commit(alice: User, repo: Repo) -> Commit:
    """``commit(change, …, {"path": b"content"}, by=bob, parent=…, revision=…)``; as Alice, to main."""

    def commit(
        *changes: Change | dict[str, bytes],
        by: User = alice,
        parent: str | None = None,
        revision: str = "main",
        summary: str = "Change",
    ) -> str:
        flat: list[Change] = []
        for change in changes:
            flat += [AddFile(*item) for item in change.items()] if isinstance(change, dict) else [change]
        return commit_changes(
            actor=Actor(user=by),
            repo=repo,
            revision=revision,
            parent=parent,
            summary=summary,
            description="",
            changes=flat,
        )

    return commit


@pytest.fixture
def store_large(repo: Repo) -> StoreLarge:
    """``store_large("model.safetensors", content)``: the bytes sent to the repo; the change that points there."""

    def store(path: str, content: bytes) -> AddPointer:
        sha256 = hashlib.sha256(content).hexdigest()
        grant(repo, store_lfs(sha256=sha256, size=len(content), chunks=[content]))
        return AddPointer(path, Pointer(sha256, len(content)))

    return store
