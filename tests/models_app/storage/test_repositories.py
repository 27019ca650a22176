"""Repacking all repositories."""

import shutil

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore import tidying
from models_app.gitstore.repository import GitRepository
from models_app.repos.services import create_repo
from models_app.storage.repositories import tidy_repositories


def test_a_repo_that_is_not_well_keeps_no_other_waiting(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    repos = [
        create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name=name, private=False)
        for name in ("one", "two", "three")
    ]
    assert tidy_repositories() == 0
    monkeypatch.setattr(tidying, "_MANY_LOOSE", -1)
    shutil.rmtree(GitRepository.path_of(repos[1].storage_id))
    assert tidy_repositories() == 2
    for repo in (repos[0], repos[2]):
        assert GitRepository.open(repo.storage_id).resolve("main") == repo.head_sha
