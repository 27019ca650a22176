"""Retry, cancel, request: who may, and when."""

import hashlib
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils import timezone

from community.members.actors import ANONYMOUS, Actor
from community.members.models import TokenKind, User
from models_app.evaluation import services
from models_app.evaluation.definitions import SUITES_DIR, InvalidDefinition, content_sha256, read_definitions
from models_app.evaluation.errors import NothingToEvaluate, RunNotCancellable, RunNotRetryable, SuiteChanged
from models_app.evaluation.models import Run, RunState, SuiteVersion
from models_app.evaluation.rules import Suite
from models_app.repos.errors import RepoNotFound, WriteForbidden
from models_app.repos.models import RepoKind
from models_app.repos.services import create_repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import DEFINITION, RunFactory, SuiteVersionFactory
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


# Suites


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    folder = tmp_path / "standard" / "1"
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text(yaml.safe_dump(DEFINITION), encoding="utf-8")
    (folder / "data.jsonl").write_text("{}\n", encoding="utf-8")
    return tmp_path


def test_sync_suites_activates_the_first(db: None, suites: Path) -> None:
    second = suites / "standard" / "2"
    second.mkdir()
    (second / "suite.yaml").write_text(yaml.safe_dump({**DEFINITION, "version": 2}), encoding="utf-8")
    for _ in range(2):
        services.sync_suites(root=suites)
        rows = SuiteVersion.objects.order_by("version").values_list("suite", "version", "active")
        assert list(rows) == [("standard", 1, True), ("standard", 2, False)]
    assert Suite.from_json(SuiteVersion.objects.get(version=1).definition) == Suite.of(
        yaml.safe_load((suites / "standard" / "1" / "suite.yaml").read_text(encoding="utf-8"))
    )


def test_a_known_version_never_changes(db: None, suites: Path) -> None:
    services.sync_suites(root=suites)
    before = SuiteVersion.objects.values().get()
    (suites / "standard" / "1" / "data.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    with pytest.raises(SuiteChanged, match="standard v1"):
        services.sync_suites(root=suites)
    assert SuiteVersion.objects.values().get() == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [", "cannot be read"),
        ("- a", "must hold a mapping"),
        ("suite: other\nversion: 1", "must be the names of its folders"),
        ("suite: standard\nversion: 2", "must be the names of its folders"),
        ("suite: standard\nversion: 1", "is not a suite definition"),
        ("suite: standard\nversion: 1\ntasks: [1]", "is not a suite definition"),
    ],
)
def test_a_definition_that_is_none(db: None, suites: Path, content: str, sentence: str) -> None:
    (suites / "standard" / "1" / "suite.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=sentence):
        services.sync_suites(root=suites)
    assert not SuiteVersion.objects.exists()


def test_the_hash_covers_names_and_contents(suites: Path) -> None:
    folder = suites / "standard" / "1"
    first = content_sha256(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    (folder / ".hidden").write_bytes(b"hidden")
    assert content_sha256(folder) == first
    (folder / "data.jsonl").rename(folder / "other.jsonl")
    assert content_sha256(folder) != first
    assert hashlib.sha256(b"").hexdigest() != first


def test_the_command_knows_the_suites_of_this_release(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync_suites")
    versions = [f"{definition.name} v{definition.version}" for definition in read_definitions()]
    assert [str(row) for row in SuiteVersion.objects.order_by("suite", "version")] == versions
    assert "standard v1 (active): " in capsys.readouterr().out
    SuiteVersion.objects.update(sha256="0" * 64)
    with pytest.raises(CommandError, match="are not those"):
        call_command("sync_suites")
    assert (SUITES_DIR / "standard" / "1" / "suite.yaml").exists()
