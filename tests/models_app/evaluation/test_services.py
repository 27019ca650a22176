"""Retry, cancel, request: who may, and when."""

import pytest
from django.utils import timezone

from community.members.actors import ANONYMOUS, Actor
from community.members.models import TokenKind, User
from models_app.evaluation import services
from models_app.evaluation.errors import NothingToEvaluate, RunNotCancellable, RunNotRetryable
from models_app.evaluation.models import Run, RunState
from models_app.repos.errors import RepoNotFound, WriteForbidden
from models_app.repos.models import RepoKind
from models_app.repos.services import create_repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, SuiteVersionFactory
from tests.factories.members import AccessTokenFactory


@pytest.fixture
def failed(alice: User) -> Run:
    return RunFactory(
        repo=RepoFactory(creator=alice, name="tiny"),
        failed=True,
        losses=2,
        log_tail="Killed",
        started_at=timezone.now(),
    )


def test_a_retry_begins_afresh(alice: User, failed: Run) -> None:
    asked_first = failed.queued_at
    run = services.retry(actor=Actor(user=alice), run=failed)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.losses) == (RunState.QUEUED, 1, 0)
    assert (run.failure_class, run.failure_reason, run.log_tail) == ("", "", "")
    assert (run.started_at, run.finished_at, run.requested_by) == (None, None, alice)
    assert run.queued_at > asked_first


@pytest.mark.parametrize("state", [{}, {"running": True}, {"done": True}])
def test_only_what_failed_is_tried_again(alice: User, failed: Run, state: dict[str, bool]) -> None:
    run = RunFactory(repo=failed.repo, commit_sha="f" * 40, **state)
    before = Run.objects.values().get(pk=run.pk)
    with pytest.raises(RunNotRetryable):
        services.retry(actor=Actor(user=alice), run=run)
    assert Run.objects.values().get(pk=run.pk) == before


@pytest.mark.parametrize("state", [{}, {"running": True}])
def test_cancel(alice: User, failed: Run, state: dict[str, bool]) -> None:
    run = RunFactory(repo=failed.repo, commit_sha="f" * 40, **state)
    services.cancel(actor=Actor(user=alice), run=run)
    run.refresh_from_db()
    assert (run.state, run.leased_until, run.failure_reason) == (RunState.CANCELLED, None, "Cancelled by alice.")
    assert services.retry(actor=Actor(user=alice), run=run).state == RunState.QUEUED


@pytest.mark.parametrize("state", [{"done": True}, {"failed": True}, {"state": RunState.CANCELLED}])
def test_what_is_over_cannot_be_cancelled(alice: User, failed: Run, state: dict[str, object]) -> None:
    run = RunFactory(repo=failed.repo, commit_sha="f" * 40, **state)
    before = Run.objects.values().get(pk=run.pk)
    with pytest.raises(RunNotCancellable):
        services.cancel(actor=Actor(user=alice), run=run)
    assert Run.objects.values().get(pk=run.pk) == before


@pytest.mark.parametrize("action", [services.retry, services.cancel])
def test_others_may_not(alice: User, bob: User, failed: Run, action: object) -> None:
    reader = AccessTokenFactory(user=alice, kind=TokenKind.READ)
    for actor in (ANONYMOUS, Actor(user=bob), Actor(user=alice, token=reader)):
        with pytest.raises(WriteForbidden):
            action(actor=actor, run=failed)  # type: ignore[operator]
    failed.repo.private = True
    failed.repo.save()
    for actor in (ANONYMOUS, Actor(user=bob)):
        with pytest.raises(RepoNotFound):
            action(actor=actor, run=failed)  # type: ignore[operator]
    failed.refresh_from_db()
    assert failed.state == RunState.FAILED


def test_staff_may_retry_but_not_with_a_reading_token(bob: User, failed: Run) -> None:
    bob.is_staff = True
    bob.save()
    reader = AccessTokenFactory(user=bob, kind=TokenKind.READ)
    with pytest.raises(WriteForbidden):
        services.retry(actor=Actor(user=bob, token=reader), run=failed)
    assert services.retry(actor=Actor(user=bob), run=failed).state == RunState.QUEUED


def test_there_must_be_something_to_evaluate(alice: User) -> None:
    SuiteVersionFactory()
    actor = Actor(user=alice)
    repo = create_repo(actor=actor, kind=RepoKind.MODEL, namespace="alice", name="empty", private=False)
    with pytest.raises(NothingToEvaluate):
        services.request_run(actor=actor, repo=repo)
    assert not Run.objects.exists()
