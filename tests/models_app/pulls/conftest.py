"""Alice's repo, and Bob who proposes changes to it."""

import hashlib

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.models import Blob
from models_app.blobs.services import store_lfs
from models_app.gitstore.objects import AddFile, Change
from models_app.pulls import services
from models_app.pulls.models import PullRequest
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.services import commit_changes

CARD = b"---\nlicense: mit\n---\n# Tiny\n"


@pytest.fixture
def repo(alice: User) -> Repo:
    repo = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="tiny", private=False)
    commit_to(repo, alice, AddFile("README.md", CARD), AddFile("notes.txt", b"one\n"))
    repo.refresh_from_db()
    return repo


def commit_to(repo: Repo, by: User, *changes: Change, summary: str = "Change") -> str:
    return commit_changes(
        actor=Actor(user=by),
        repo=repo,
        revision="main",
        parent=None,
        summary=summary,
        description="",
        changes=changes,
    )


def propose(repo: Repo, by: User, *changes: Change, summary: str = "Improve", parent: str | None = None) -> PullRequest:
    pull, _sha = services.propose(
        actor=Actor(user=by), repo=repo, parent=parent, summary=summary, description="Because.", changes=changes
    )
    return pull


def push(pull: PullRequest, by: User, *changes: Change, summary: str = "More") -> str:
    return services.push(
        actor=Actor(user=by),
        repo=pull.repo,
        number=pull.thread.number,
        parent=None,
        summary=summary,
        description="",
        changes=changes,
    )


def stored(content: bytes) -> Blob:
    return store_lfs(sha256=hashlib.sha256(content).hexdigest(), size=len(content), chunks=[content])
