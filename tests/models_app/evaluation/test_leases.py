"""Leases: who holds one, how it ends, and that a run gets one record whatever happens to its workers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from community.members.models import TokenKind, User
from models_app.evaluation import leases, leasing
from models_app.evaluation.models import FailureClass, Record, Run, RunState, Worker
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount, make_document

BEAT = {"attempt": 1, "progress": {"stage": "score", "task": "prose", "done": 1, "total": 2}, "log_tail": ""}
FAILURE = {"attempt": 1, "class": "out_of_memory", "reason": "It needs 9 GB.", "log_tail": "Killed\n"}
MakeAccount = Callable[..., ServiceAccount]


def later(run: Run, **ago: float) -> None:
    """Let the time since the lease and the start of `run` pass."""
    run.refresh_from_db()
    assert run.leased_until is not None
    assert run.started_at is not None
    run.leased_until -= timedelta(**ago)
    run.started_at -= timedelta(**ago)
    run.save()


# Who may work


@pytest.mark.parametrize("path", ["lease", "runs/1/heartbeat", "runs/1/finish", "runs/1/fail"])
def test_strangers_and_members_are_no_workers(run: Run, make_account: MakeAccount, alice: User, path: str) -> None:
    address = f"/api/evaluation/{path}"
    assert Client().post(address, LEASE, content_type="application/json").status_code == 401
    plain = make_account("plain", permitted=False).post(path, LEASE)
    assert (plain.status_code, plain.json()["code"]) == (403, "not_a_worker")
    session = Client()
    session.force_login(alice)
    assert session.post(address, LEASE, content_type="application/json").status_code == 403
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)
    assert not Worker.objects.exists()


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"kind": TokenKind.READ}, 403),
        ({"kind": TokenKind.WRITE}, 200),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": {"global": ["evaluation.work"], "scoped": []}}, 200),
        ({"kind": TokenKind.FINE_GRAINED, "scopes": {"global": [], "scoped": []}}, 403),
        ({"kind": TokenKind.WRITE, "expires_at": timezone.now() - timedelta(days=1)}, 401),
    ],
)
def test_tokens_that_may_work(run: Run, make_account: MakeAccount, token: dict[str, Any], status: int) -> None:
    assert make_account("box", **token).post("lease", LEASE).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**LEASE, "worker": ""},
        {**LEASE, "worker": "x" * 121},
        {**LEASE, "hardware": "cpu"},
        {**LEASE, "hardware": {"device": "x" * 81}},
        {**LEASE, "versions": {f"v{n}": "1" for n in range(65)}},
        {**LEASE, "versions": {"torch": {"a": 1}}},
    ],
)
def test_a_lease_request_out_of_bounds(box: ServiceAccount, run: Run, body: dict[str, Any]) -> None:
    assert box.post("lease", body).status_code == 400
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert not Worker.objects.exists()


def test_a_huge_lease_request(box: ServiceAccount, run: Run) -> None:
    answer = box.post("lease", b'{"worker": "' + b"x" * 2_000_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


# Order


def test_by_priority_then_age(box: ServiceAccount, run: Run) -> None:
    now = timezone.now()
    old = RunFactory(queued_at=now - timedelta(hours=2))
    urgent = RunFactory(queued_at=now, priority=5)
    order = [box.post("lease", LEASE).json()["run"] for _ in range(3)]
    assert order == [urgent.pk, old.pk, run.pk]
    assert box.post("lease", LEASE).status_code == 204


def test_only_queued_runs_are_handed_out(box: ServiceAccount) -> None:
    RunFactory(running=True)
    RunFactory(done=True)
    RunFactory(failed=True)
    RunFactory(state=RunState.CANCELLED)
    assert box.post("lease", LEASE).status_code == 204


# Heartbeats


def test_a_heartbeat_renews_the_lease(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    later(run, seconds=50)
    assert box.post(f"runs/{run.pk}/heartbeat", BEAT).json() == {"cancel": False}
    run.refresh_from_db()
    assert run.leased_until is not None
    assert timedelta(seconds=55) < run.leased_until - timezone.now() <= timedelta(seconds=60)


def test_no_heartbeat_renews_past_the_time_limit(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    later(run, seconds=3630)
    box.post(f"runs/{run.pk}/heartbeat", BEAT)
    run.refresh_from_db()
    assert run.leased_until is not None
    assert run.started_at is not None
    assert run.leased_until == run.started_at + timedelta(seconds=3660)


def test_a_log_may_hold_anything(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    tail = "x" * 20_000 + "a\0b\ud800"
    assert box.post(f"runs/{run.pk}/heartbeat", {**BEAT, "log_tail": tail}).status_code == 200
    run.refresh_from_db()
    assert len(run.log_tail) == leasing.LOG_TAIL
    assert run.log_tail.endswith("xa\ufffdb\ufffd")


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 0},
        {"attempt": 2**40},
        {"attempt": "first"},
        {"progress": {"stage": "x" * 41}},
        {"progress": {"stage": "score", "done": -1}},
        {"progress": {"stage": "a\0b"}},
        {"progress": []},
    ],
)
def test_a_heartbeat_out_of_bounds(box: ServiceAccount, run: Run, change: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/heartbeat", {**BEAT, **change}).status_code == 400
    run.refresh_from_db()
    assert run.progress == {}


# Leases of others


def another_account(_box: ServiceAccount, _run: Run, other: ServiceAccount) -> tuple[ServiceAccount, int]:
    return other, 1


def another_attempt(box: ServiceAccount, _run: Run, _other: ServiceAccount) -> tuple[ServiceAccount, int]:
    return box, 2


def leased_anew(box: ServiceAccount, run: Run, _other: ServiceAccount) -> tuple[ServiceAccount, int]:
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, leased_until=None)
    box.post("lease", LEASE)
    return box, 1


def queued_again(box: ServiceAccount, run: Run, _other: ServiceAccount) -> tuple[ServiceAccount, int]:
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, leased_until=None)
    return box, 1


@pytest.mark.parametrize("action", ["heartbeat", "finish", "fail"])
@pytest.mark.parametrize("case", [another_account, another_attempt, leased_anew, queued_again])
def test_a_lease_of_another(
    box: ServiceAccount, make_account: MakeAccount, document: dict[str, Any], action: str, case: Callable[..., Any]
) -> None:
    run = Run.objects.get()
    box.post("lease", LEASE)
    caller, attempt = case(box, run, make_account("other"))
    before = Run.objects.values().get(pk=run.pk)
    bodies = {"heartbeat": BEAT, "finish": {"record": document}, "fail": FAILURE}
    answer = caller.post(f"runs/{run.pk}/{action}", {**bodies[action], "attempt": attempt})
    assert (answer.status_code, answer.json()["code"]) == (409, "lease_lost")
    assert Run.objects.values().get(pk=run.pk) == before
    assert not Record.objects.exists()


@pytest.mark.parametrize("action", ["heartbeat", "finish", "fail"])
def test_runs_that_nobody_leased(box: ServiceAccount, run: Run, document: dict[str, Any], action: str) -> None:
    bodies = {"heartbeat": BEAT, "finish": {"attempt": 1, "record": document}, "fail": FAILURE}
    for run_id in (run.pk, 10**9, 2**63):
        assert box.post(f"runs/{run_id}/{action}", bodies[action]).status_code == 409
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


# Ends


def test_a_failure_is_kept_once(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/fail", FAILURE).status_code == 200
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert (run.failure_class, run.failure_reason, run.log_tail) == ("out_of_memory", "It needs 9 GB.", "Killed\n")
    assert run.leased_until is None
    before = Run.objects.values().get(pk=run.pk)
    assert box.post(f"runs/{run.pk}/fail", {**FAILURE, "reason": "Another."}).status_code == 200
    assert Run.objects.values().get(pk=run.pk) == before


@pytest.mark.parametrize("change", [{"class": "bored"}, {"reason": ""}, {"reason": "x" * 1001}, {"class": None}])
def test_a_failure_out_of_bounds(box: ServiceAccount, run: Run, change: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/fail", {**FAILURE, **change}).status_code == 400
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_finishing_twice_is_one_record(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    body = {"attempt": 1, "record": document}
    first, second = (box.post(f"runs/{run.pk}/finish", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Record.objects.count() == 1


def test_a_signature_of_a_score_stays_in_the_record(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    document["scores"][0]["signature"] = "nrefs:1|case:mixed"
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    assert Record.objects.get().document["scores"][0]["signature"] == "nrefs:1|case:mixed"


def test_another_record_of_a_finished_run(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    document["seed"] = 8
    answer = box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    assert (answer.status_code, answer.json()["code"]) == (409, "record_exists")
    assert Record.objects.get().document["seed"] == 7


def test_nothing_follows_a_record(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    assert box.post(f"runs/{run.pk}/fail", FAILURE).status_code == 409
    assert box.post(f"runs/{run.pk}/heartbeat", BEAT).status_code == 409
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_a_cancelled_run_tells_its_worker(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED, leased_until=None)
    assert box.post(f"runs/{run.pk}/heartbeat", BEAT).json() == {"cancel": True}
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 409
    run.refresh_from_db()
    assert (run.state, run.progress) == (RunState.CANCELLED, {})


# Lost workers


def test_a_lost_worker_gives_way_and_one_record_remains(
    box: ServiceAccount, make_account: MakeAccount, run: Run, document: dict[str, Any]
) -> None:
    box.post("lease", LEASE)
    later(run, seconds=61)
    leases.reap()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.losses) == (RunState.QUEUED, 1, 1)

    other = make_account("other")
    assert other.post("lease", LEASE).json()["attempt"] == 2
    late = box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    assert (late.status_code, late.json()["code"]) == (409, "lease_lost")
    assert not Record.objects.exists()

    assert other.post(f"runs/{run.pk}/finish", {"attempt": 2, "record": document}).status_code == 200
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 409
    assert Record.objects.count() == 1


def test_late_but_not_missed(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    later(run, seconds=61)
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    leases.reap()
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_three_losses_are_a_failure(box: ServiceAccount, run: Run) -> None:
    for _ in range(3):
        box.post("lease", LEASE)
        later(run, seconds=61)
        leases.reap()
    run.refresh_from_db()
    assert (run.state, run.failure_class, run.attempt) == (RunState.FAILED, FailureClass.LOST, 3)
    assert run.failure_reason.startswith("The worker vanished 3 times in a row.")
    assert box.post("lease", LEASE).status_code == 204


def test_a_run_that_never_ends_is_ended(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    later(run, seconds=3661)
    leases.reap()
    run.refresh_from_db()
    assert (run.state, run.failure_class) == (RunState.FAILED, FailureClass.TIMEOUT)
    assert run.failure_reason == "The evaluation took longer than 3600 seconds."


def test_the_reaper_leaves_living_leases_alone(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    before = Run.objects.values().get(pk=run.pk)
    leases.reap()
    assert Run.objects.values().get(pk=run.pk) == before


def test_a_deleted_account_loses_its_leases(box: ServiceAccount, run: Run) -> None:
    box.post("lease", LEASE)
    later(run, seconds=61)
    Worker.objects.all().delete()
    leases.reap()
    run.refresh_from_db()
    assert (run.state, run.worker) == (RunState.QUEUED, None)


# One account's two boxes


def test_two_runs_of_one_account(box: ServiceAccount, run: Run) -> None:
    second = RunFactory(repo=RepoFactory(creator=run.repo.creator, name="two"))
    first = box.post("lease", LEASE).json()
    other = box.post("lease", {**LEASE, "worker": "box-2"}).json()
    assert {first["run"], other["run"]} == {run.pk, second.pk}
    document = make_document(second)
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 400
    assert box.post(f"runs/{second.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    assert sorted(Worker.objects.values_list("name", flat=True)) == ["box", "box-2"]
