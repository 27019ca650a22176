"""What the tests of most slices start from."""

from pathlib import Path

import pytest
from pytest_django import Settings

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.repos.services import create_repo


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Settings) -> None:
    """Repositories and objects of a test lie in a folder of its own."""
    settings.GIT_DIR = tmp_path / "git"
    settings.OBJECT_STORE = f"file://{tmp_path / 'objects'}"


@pytest.fixture
def repo(alice: User) -> Repo:
    """alice/tiny, a public model as it is when it was just made."""
    return create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="tiny", private=False)


@pytest.fixture
def git(repo: Repo) -> GitRepository:
    return GitRepository.open(repo.storage_id)
