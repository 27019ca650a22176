"""Suite versions: known, activated, and what is evaluated again then."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from community.members.actors import ANONYMOUS, Actor
from community.members.models import TokenKind, User
from models_app.evaluation import queries, tasks
from models_app.evaluation.errors import SuiteChanged, SuitesForbidden
from models_app.evaluation.models import Run, RunState, SuiteActivation, SuiteVersion
from models_app.evaluation.rules import Suite
from models_app.evaluation.suites import versions
from models_app.evaluation.suites.definitions import SUITES_DIR, InvalidDefinition, content_sha256, read_definitions
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import DEFINITION, RecordFactory, RunFactory, ScoreFactory, SuiteVersionFactory
from tests.factories.members import AccessTokenFactory


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
        versions.sync_suites(root=suites)
        rows = SuiteVersion.objects.order_by("version").values_list("suite", "version", "active")
        assert list(rows) == [("standard", 1, True), ("standard", 2, False)]
    assert Suite.from_json(SuiteVersion.objects.get(version=1).definition) == Suite.of(
        yaml.safe_load((suites / "standard" / "1" / "suite.yaml").read_text(encoding="utf-8"))
    )


def test_a_known_version_never_changes(db: None, suites: Path) -> None:
    versions.sync_suites(root=suites)
    before = SuiteVersion.objects.values().get()
    (suites / "standard" / "1" / "data.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    with pytest.raises(SuiteChanged, match="standard v1"):
        versions.sync_suites(root=suites)
    assert SuiteVersion.objects.values().get() == before


def test_what_members_proposed_keeps_its_number(db: None, suites: Path) -> None:
    """A release brings standard/2 after this hub made one of its own."""
    SuiteVersionFactory(version=2, active=False, note="Less copying.")
    before = SuiteVersion.objects.values().get()
    second = suites / "standard" / "2"
    second.mkdir()
    (second / "suite.yaml").write_text(yaml.safe_dump({**DEFINITION, "version": 2}), encoding="utf-8")

    found = versions.sync_suites(root=suites)

    assert [(row.key, row.active) for row in found] == [("standard/1", True), ("standard/2", False)]
    assert SuiteVersion.objects.values().get(version=2) == before


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
        versions.sync_suites(root=suites)
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


# Activation


@pytest.fixture
def second(db: None) -> SuiteVersion:
    """A version that was never active, beside the active first one."""
    SuiteVersionFactory()
    version: SuiteVersion = SuiteVersionFactory(version=2, active=False)
    return version


def test_activate_is_one_call_and_writes_one_line(second: SuiteVersion, alice: User) -> None:
    activation = versions.activate(version=second, reason="More Chinese.", link="/proposals/7", by=alice)
    assert versions.activate(version=second, reason="Again.") == activation
    assert list(SuiteVersion.objects.filter(active=True)) == [second]
    assert list(SuiteActivation.objects.values_list("suite_version", "reason", "link", "activated_by")) == [
        (second.pk, "More Chinese.", "/proposals/7", alice.pk)
    ]
    since = SuiteVersion.objects.get(pk=second.pk).activated_at
    assert since == activation.activated_at

    first = SuiteVersion.objects.get(version=1)
    versions.activate(version=first, reason="The second was too slow.")
    versions.activate(version=second, reason="It is faster now.")
    assert SuiteVersion.objects.get(active=True) == second
    assert SuiteVersion.objects.get(active=True).activated_at == since
    assert SuiteActivation.objects.count() == 3


@pytest.mark.parametrize("who", ["anonymous", "member", "staff by a reading token", "proposer"])
def test_who_may_not_activate(second: SuiteVersion, alice: User, who: str) -> None:
    actor = Actor(user=alice)
    if who == "anonymous":
        actor = ANONYMOUS
    elif who == "staff by a reading token":
        alice.is_staff = True
        actor = Actor(user=alice, token=AccessTokenFactory(user=alice, kind=TokenKind.READ))
    elif who == "proposer":
        alice.user_permissions.add(Permission.objects.get(codename="propose_suite"))
    with pytest.raises(SuitesForbidden):
        versions.activate_suite(actor=actor, version=second, reason="I like it.")
    assert SuiteVersion.objects.get(active=True).version == 1
    assert not SuiteActivation.objects.exists()


def test_who_may_activate(second: SuiteVersion, alice: User, bob: User) -> None:
    alice.user_permissions.add(Permission.objects.get(codename="activate_suite"))
    bob.is_staff = True
    token = AccessTokenFactory(user=bob, kind=TokenKind.WRITE)
    versions.activate_suite(actor=Actor(user=alice), version=second, reason="Two.")
    first = SuiteVersion.objects.get(version=1)
    assert versions.activate_suite(actor=Actor(user=bob, token=token), version=first, reason="One.").activated_by == bob


def test_the_first_suite_is_in_the_log(db: None, suites: Path) -> None:
    versions.sync_suites(root=suites)
    assert SuiteActivation.objects.get().reason == "The first suite of this hub."


def test_the_command_activates(second: SuiteVersion, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no such version"):
        call_command("suites", "activate", "standard/3", "--reason", "Why not.")
    assert SuiteVersion.objects.get(active=True).version == 1
    call_command("suites", "activate", "standard/2", "--reason", "More Chinese.")
    assert SuiteVersion.objects.get(active=True) == second
    assert "standard/2 (active): " in capsys.readouterr().out


# Re-runs


def _finished(name: str, **facts: Any) -> Repo:
    repo: Repo = RepoFactory(name=name, **facts)
    RunFactory(repo=repo, commit_sha=repo.head_sha, done=True)
    return repo


def _queued() -> list[tuple[str, int]]:
    runs = Run.objects.filter(state=RunState.QUEUED).order_by("-priority", "queued_at", "pk")
    return list(runs.values_list("repo__name", "suite_version__version"))


def test_reruns_come_most_used_first_in_batches(second: SuiteVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "RERUN_BATCH", 2)
    for name, trend in (("old", 0.0), ("used", 2.0), ("loved", 9.0), ("new", 0.0)):
        _finished(name, trend=trend)
    RunFactory(repo=RepoFactory(name="broken"), failed=True)
    stale = _finished("stale")
    Repo.objects.filter(pk=stale.pk).update(head_sha="e" * 40)  # its head is no checkpoint, or has its own run

    activation = versions.activate(version=second, reason="More Chinese.")
    assert (activation.reruns_expected, _queued()) == (5, [])
    assert versions.reruns_are_due()
    assert versions.queue_reruns() is True
    assert _queued() == [("loved", 2), ("used", 2)]
    RunFactory(repo=RepoFactory(name="uploaded"), suite_version=second)
    assert versions.queue_reruns() is True
    assert versions.queue_reruns() is False
    assert _queued() == [(name, 2) for name in ("uploaded", "loved", "used", "broken", "new", "old")]
    assert set(Run.objects.filter(state=RunState.QUEUED).values_list("priority", flat=True)) == {0, -20}

    activation.refresh_from_db()
    assert (activation.reruns_queued, versions.reruns_are_due()) == (5, False)
    assert versions.queue_reruns() is False
    assert Run.objects.count() == 12


def test_the_task_goes_on_until_all_are_queued(second: SuiteVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "RERUN_BATCH", 1)
    for name in ("a", "b", "c"):
        _finished(name)
    versions.activate(version=second, reason="More Chinese.")
    rung: list[str] = []
    monkeypatch.setattr(tasks, "ring", lambda task, **_queue: rung.append(task.name))
    for _ in range(4):
        tasks.queue_reruns()
    assert rung.count("evaluation.queue_reruns") == 3
    assert len(_queued()) == 3


def test_another_version_takes_the_place_of_queued_reruns(second: SuiteVersion) -> None:
    repo = _finished("tiny")
    versions.activate(version=second, reason="More Chinese.")
    versions.queue_reruns()
    RunFactory(repo=RepoFactory(name="uploaded"), suite_version=second)
    first, third = SuiteVersion.objects.get(version=1), SuiteVersionFactory(version=3, active=False)

    versions.activate(version=third, reason="Better.")
    assert versions.queue_reruns() is False
    assert _queued() == [("uploaded", 2), ("tiny", 3)]
    versions.activate(version=first, reason="Back.")
    versions.queue_reruns()
    assert _queued() == [("uploaded", 2)]  # of the first version the result is there
    versions.activate(version=second, reason="Forth.")
    versions.queue_reruns()
    assert _queued() == [("uploaded", 2), ("tiny", 2)]
    assert Run.objects.filter(repo=repo).count() == 2


def test_old_results_stay_until_new_ones_come(second: SuiteVersion, alice: User) -> None:
    repo = _finished("tiny", creator=alice)
    old = RecordFactory(run=Run.objects.get())
    preview = RecordFactory(run=RunFactory(repo=repo, suite_version=second, done=True))
    for record in (old, preview):
        ScoreFactory(record=record, task="overall", metric="score")
    tab = queries.evaluation_tab(ANONYMOUS, repo)
    assert (tab.current and tab.current.run, tab.report and tab.report.record) == (old.run, old)
    assert tab.history == [old.run]
    assert queries.newest_records([repo]) == {repo.pk: old}

    versions.activate(version=second, reason="More Chinese.")
    assert queries.newest_records([repo]) == {repo.pk: preview}
    assert versions.queue_reruns() is False
    assert _queued() == []
    versions.activate(version=old.run.suite_version, reason="Back.")
    assert queries.newest_records([repo]) == {repo.pk: old}
