"""Alice's repos with content, and callers in front of them."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.services import store_lfs
from models_app.gitstore.objects import AddFile, AddPointer, Pointer
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.grants import grant
from models_app.uploads.services import commit_changes
from tests.factories.members import AccessTokenFactory
from tests.models_app.blobs.conftest import recording
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller
from tests.models_app.hfapi.xet_machine import upload

__all__ = ["recording"]  # a fixture: pytest finds it by its name here

WEIGHTS = bytes(range(256)) * 40
WEIGHTS_SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
CARD = b"---\nlicense: mit\nlanguage: en\npipeline_tag: text-generation\n---\n# Tiny\n"
CONFIG = b'{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}'
FILES = {"README.md": CARD, "config.json": CONFIG, "nested/what? 100%.txt": b"text"}
Fill = Callable[[Repo], str]
MakeRepo = Callable[..., Repo]
FillByXet = Callable[[Repo], None]


def caller_for(user: User, **token: Any) -> Caller:
    text = f"hf_{user.username}{AccessTokenFactory._meta.model.objects.count()}"
    AccessTokenFactory(user=user, text=text, **token)
    return Caller(text)


@pytest.fixture
def nobody(db: None) -> Caller:
    return Caller()


@pytest.fixture
def owner(alice: User) -> Caller:
    """Alice, with a write token."""
    return caller_for(alice)


@pytest.fixture
def reader(alice: User) -> Caller:
    """Alice, with a read token."""
    return caller_for(alice, kind="read")


@pytest.fixture
def expired(alice: User) -> Caller:
    """Alice, with a token of yesterday."""
    return caller_for(alice, expires_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def stranger(bob: User) -> Caller:
    """Bob, with a write token of his own."""
    return caller_for(bob)


@pytest.fixture
def make_repo(alice: User) -> MakeRepo:
    """``make_repo("name", private=True, kind="dataset", files={…})``: a repo of Alice, filled in one commit."""

    def make(
        name: str = "tiny", *, private: bool = False, kind: str = "model", files: dict[str, bytes] | None = None
    ) -> Repo:
        actor = Actor(user=alice)
        repo = create_repo(actor=actor, kind=kind, namespace="alice", name=name, private=private)
        grant(repo, store_lfs(sha256=WEIGHTS_SHA256, size=len(WEIGHTS), chunks=[WEIGHTS]))
        contents = FILES if files is None else files
        commit_changes(
            actor=actor,
            repo=repo,
            revision="main",
            parent=None,
            summary="Fill",
            description="With everything.",
            changes=[
                *(AddFile(path, content) for path, content in contents.items()),
                AddPointer("weights.bin", Pointer(WEIGHTS_SHA256, len(WEIGHTS))),
            ],
        )
        repo.refresh_from_db()
        return repo

    return make


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo()


@pytest.fixture
def fill_by_xet(alice: User, owner: Caller, recording: Recording) -> FillByXet:
    """``fill_by_xet(repo)``: what a stock client sends and commits, as `upload` says."""
    return lambda repo: upload(alice, owner, repo, recording)


@pytest.fixture
def filled(repo: Repo, fill_by_xet: FillByXet) -> Repo:
    """`repo` with the files of `upload` too."""
    fill_by_xet(repo)
    return repo


def header(summary: str = "Change", **value: Any) -> dict[str, Any]:
    return {"key": "header", "value": {"summary": summary, "description": "", **value}}


def file_line(path: str, content: bytes, **value: Any) -> dict[str, Any]:
    encoded = base64.b64encode(content).decode()
    return {"key": "file", "value": {"path": path, "content": encoded, "encoding": "base64", **value}}
