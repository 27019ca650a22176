"""A repo of Alice, and clones from which members push."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.pushes.services import receive_push
from models_app.repos.models import Repo
from tests.models_app.gitstore.sender import Sender

Push = Callable[..., str]


@pytest.fixture
def sender(git: GitRepository, tmp_path: Path) -> Sender:
    return Sender(git.path, tmp_path / "sender")


@pytest.fixture
def push(alice: User, repo: Repo, sender: Sender) -> Push:
    """``push(("refs/heads/main", old, new), …, by=bob)``: what git answers."""

    def push(*updates: tuple[str, str | None, str | None], by: User = alice) -> str:
        with tempfile.TemporaryFile() as report:
            body = [sender.body(*updates)]
            receive_push(actor=Actor(user=by), repo=repo, body=body, report=report, protocol="")
            return report.read().decode()

    return push
