"""Commits queue runs: through the real git side of a repo."""

from collections.abc import Sequence

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.models import Run, RunState
from models_app.evaluation.services import queue_run
from models_app.gitstore.objects import AddFile, Change, DeleteFile
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from models_app.uploads.services import commit_changes
from tests.factories.evaluations import SuiteVersionFactory

CONFIG = AddFile("config.json", b'{"model_type": "gpt2"}')
WEIGHTS = AddFile("pytorch_model.bin", b"weights")


def commit(user: User, repo: Repo, *changes: Change) -> str:
    sha = commit_changes(
        actor=Actor(user=user),
        repo=repo,
        revision="main",
        parent=None,
        summary="change",
        description="",
        changes=changes,
    )
    repo.refresh_from_db()
    return sha


@pytest.fixture
def repo(alice: User) -> Repo:
    SuiteVersionFactory()
    return create_repo(actor=Actor(user=alice), kind=RepoKind.MODEL, namespace="alice", name="tiny", private=False)


def states() -> list[tuple[str, str]]:
    return list(Run.objects.order_by("pk").values_list("commit_sha", "state"))


def test_a_commit_with_weights_queues_one_run(alice: User, repo: Repo) -> None:
    sha = commit(alice, repo, CONFIG, WEIGHTS)
    assert states() == [(sha, RunState.QUEUED)]
    run = Run.objects.get()
    assert queue_run(repo=repo) == run
    assert states() == [(sha, RunState.QUEUED)]


@pytest.mark.parametrize("changes", [[CONFIG], [WEIGHTS], [AddFile("sub/config.json", b"{}"), WEIGHTS]])
def test_without_a_checkpoint_nothing_is_queued(alice: User, repo: Repo, changes: Sequence[Change]) -> None:
    commit(alice, repo, *changes)
    assert states() == []


def test_datasets_are_not_evaluated(alice: User, repo: Repo) -> None:
    data = create_repo(actor=Actor(user=alice), kind=RepoKind.DATASET, namespace="alice", name="d", private=False)
    commit(alice, data, CONFIG, WEIGHTS)
    assert states() == []


def test_a_newer_commit_takes_the_place_of_a_queued_run(alice: User, repo: Repo) -> None:
    first = commit(alice, repo, CONFIG, WEIGHTS)
    second = commit(alice, repo, AddFile("notes.txt", b"more"))
    assert states() == [(first, RunState.CANCELLED), (second, RunState.QUEUED)]
    cancelled = Run.objects.get(commit_sha=first)
    assert cancelled.failure_reason == f"Commit {second[:8]} took its place before a worker began."
    assert cancelled.finished_at is not None


def test_a_running_run_is_left_alone_by_a_newer_commit(alice: User, repo: Repo) -> None:
    first = commit(alice, repo, CONFIG, WEIGHTS)
    run = Run.objects.get()
    run.state, run.leased_until = RunState.RUNNING, run.queued_at
    run.save()
    second = commit(alice, repo, AddFile("notes.txt", b"more"))
    assert states() == [(first, RunState.RUNNING), (second, RunState.QUEUED)]


def test_a_commit_without_weights_empties_the_queue(alice: User, repo: Repo) -> None:
    first = commit(alice, repo, CONFIG, WEIGHTS)
    commit(alice, repo, DeleteFile("pytorch_model.bin"))
    assert states() == [(first, RunState.CANCELLED)]


def test_without_an_active_suite_nothing_is_queued(alice: User, repo: Repo) -> None:
    SuiteVersionFactory(active=True).delete()
    commit(alice, repo, CONFIG, WEIGHTS)
    assert states() == []
