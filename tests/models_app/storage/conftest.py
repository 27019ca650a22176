"""A repo of Alice, large files in it, and a clock that can be turned."""

import hashlib
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.registration import register_shard
from models_app.blobs.services import store_lfs, store_xorb
from models_app.gitstore.objects import AddPointer, Change, Pointer
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.grants import grant
from models_app.uploads.models import UploadGrant
from models_app.uploads.services import commit_changes
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording, record

WEIGHTS = b"weights " * 1000
Turn = Callable[[float], None]


@pytest.fixture(scope="session")
def recording() -> Recording:
    """What the stock client sends for `CONTENTS`."""
    return record(*CONTENTS)


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """The folder of the hub's objects, for this test alone."""
    return tmp_path / "objects"


@pytest.fixture
def repo(alice: User) -> Repo:
    return make_repo(alice, "tiny")


def make_repo(owner: User, name: str, *, private: bool = False) -> Repo:
    return create_repo(actor=Actor(user=owner), kind="model", namespace=owner.username, name=name, private=private)


@pytest.fixture
def days_pass(tmp_path: Path) -> Turn:
    """``days_pass(29)``: every mark, and every file, is that much older than it was."""

    def turn(days: float) -> None:
        earlier = F("unused_since") - timedelta(days=days)
        for model in (Blob, Xorb, UploadGrant):
            model.objects.exclude(unused_since=None).update(unused_since=earlier)
        for path in tmp_path.rglob("*"):
            stamp = min(path.lstat().st_mtime, time.time()) - days * 24 * 3600
            os.utime(path, (stamp, stamp), follow_symlinks=False)

    return turn


def send(repo: Repo, content: bytes) -> Blob:
    """`content` by LFS."""
    blob = store_lfs(sha256=hashlib.sha256(content).hexdigest(), size=len(content), chunks=[content])
    grant(repo, blob)
    return blob


def send_by_xet(repo: Repo, recording: Recording) -> list[Blob]:
    for name, body in recording.xorbs.items():
        store_xorb(xorb=name, body=[body])
    blobs = [event for event in register_shard(memoryview(recording.shards[0])) if isinstance(event, Blob)]
    for blob in blobs:
        grant(repo, blob)
    return blobs


def commit(repo: Repo, *changes: Change, branch: str = "main") -> str:
    actor = Actor(user=repo.creator)
    return commit_changes(
        actor=actor, repo=repo, revision=branch, parent=None, summary="Change", description="", changes=changes
    )


def point(path: str, blob: Blob) -> AddPointer:
    return AddPointer(path, Pointer(blob.sha256, blob.size))


def stored(objects: Path) -> list[str]:
    """The names of all objects, without scratch files."""
    return sorted(
        path.name for kind in ("lfs", "xorbs", "parts") for path in (objects / kind).rglob("*") if path.is_file()
    )
