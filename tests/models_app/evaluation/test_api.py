"""The public API: what everybody, others and owners see of runs and records."""

from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation.models import Run, RunState
from models_app.evaluation.rules import sha256_of
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, SuiteVersionFactory

pytestmark = pytest.mark.django_db


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def private(alice: User) -> Run:
    return RunFactory(repo=RepoFactory(creator=alice, name="secret", private=True), failed=True)


@pytest.fixture
def private_record(private: Run) -> str:
    run = RunFactory(repo=private.repo, commit_sha="e" * 40, done=True)
    return str(RecordFactory(run=run).sha256)


def test_a_queued_run(run: Run) -> None:
    RunFactory(priority=1)
    answer = Client().get(f"/api/evaluation/runs/{run.pk}").json()
    assert answer.pop("queued_at")
    assert answer == {
        "id": run.pk,
        "repo": "alice/tiny",
        "commit": run.commit_sha,
        "suite": {"name": "standard", "version": 1, "sha256": run.suite_version.sha256},
        "precision": "float32",
        "state": "queued",
        "attempt": 0,
        "started_at": None,
        "finished_at": None,
        "progress": None,
        "failure": None,
        "repeats": None,
        "record": None,
        "agreement": None,
        "place": 2,
        "expected_seconds": None,
    }


def test_the_time_of_past_runs_is_the_estimate(run: Run) -> None:
    RunFactory(done=True)  # took thirty seconds
    assert Client().get(f"/api/evaluation/runs/{run.pk}").json()["expected_seconds"] == 30
    RunFactory(running=True)
    assert Client().get(f"/api/evaluation/runs/{run.pk}").json()["expected_seconds"] == 45


def test_a_failed_run(alice: User) -> None:
    run = RunFactory(failed=True, log_tail="secret paths")
    answer = Client().get(f"/api/evaluation/runs/{run.pk}").json()
    assert answer["failure"] == {"class": "out_of_memory", "reason": run.failure_reason}
    assert "secret paths" not in str(answer)


def test_a_running_run() -> None:
    progress = {"stage": "score", "task": "prose", "done": 1, "total": 4}
    run = RunFactory(running=True, progress=progress)
    answer = Client().get(f"/api/evaluation/runs/{run.pk}").json()
    assert (answer["state"], answer["progress"], answer["place"]) == ("running", progress, None)


def test_a_record_is_its_bytes() -> None:
    record = RecordFactory()
    answer = Client().get(f"/api/evaluation/records/{record.sha256}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert sha256_of(answer.content) == record.sha256
    run = Client().get(f"/api/evaluation/runs/{record.run.pk}").json()
    assert run["record"] == record.sha256


def test_pages_of_runs(alice: User) -> None:
    repo = RepoFactory(creator=alice, name="tiny")
    runs = [RunFactory(repo=repo, commit_sha=f"{n:040x}") for n in range(5)]
    seen: list[int] = []
    address: str | None = "/api/evaluation/runs?repo=alice/tiny&state=queued&limit=2"
    while address:
        answer = Client().get(address).json()
        seen += [row["id"] for row in answer["runs"]]
        address = answer["next"]
    assert seen == [run.pk for run in reversed(runs)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("state=bored", 400),
        ("limit=0", 400),
        ("limit=101", 400),
        ("limit=x", 400),
        ("cursor=!", 400),
        ("repo=alice/none", 404),
        ("repo=none", 404),
        ("repo=%00", 400),
    ],
)
def test_a_list_that_cannot_be(db: None, query: str, status: int) -> None:
    assert Client().get(f"/api/evaluation/runs?{query}").status_code == status


@pytest.mark.parametrize(
    "address",
    ["records/%00", "records/main", f"records/{'A' * 64}", f"runs/{2**63}", f"runs/{10**30}", "runs/-1", "runs/x"],
)
def test_an_address_that_names_nothing(address: str) -> None:
    assert Client().get(f"/api/evaluation/{address}").status_code == 404


@pytest.mark.parametrize("who", ["nobody", "bob", "alice"])
def test_private_runs(alice: User, bob: User, private: Run, private_record: str, who: str) -> None:
    client = client_of({"nobody": None, "bob": bob, "alice": alice}[who])
    visible = who == "alice"
    for address in (
        f"/api/evaluation/runs/{private.pk}",
        f"/api/evaluation/records/{private_record}",
        "/api/evaluation/runs?repo=alice/secret",
    ):
        answer = client.get(address)
        assert answer.status_code == (200 if visible else 404)
        assert visible or "alice/secret" not in answer.content.decode()
    assert len(client.get("/api/evaluation/runs").json()["runs"]) == (2 if visible else 0)


def test_hidden_and_missing_are_one_answer(bob: User, private: Run, private_record: str) -> None:
    client = client_of(bob)
    pairs = [
        (f"/api/evaluation/runs/{private.pk}", "/api/evaluation/runs/999999"),
        (f"/api/evaluation/records/{private_record}", f"/api/evaluation/records/{'0' * 64}"),
        ("/api/evaluation/runs?repo=alice/secret", "/api/evaluation/runs?repo=alice/none"),
    ]
    for hidden, missing in pairs:
        first, second = client.get(hidden), client.get(missing)
        assert (first.status_code, first.content) == (second.status_code, second.content)


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_others_change_nothing(bob: User, private: Run, action: str) -> None:
    public = RunFactory(failed=True)
    for client, expected in ((client_of(None), 403), (client_of(bob), 403)):
        assert client.post(f"/api/evaluation/runs/{public.pk}/{action}").status_code == expected
        assert client.post(f"/api/evaluation/runs/{private.pk}/{action}").status_code == 404
    for run in (public, private):
        run.refresh_from_db()
        assert run.state == RunState.FAILED


def test_the_owner_retries_and_cancels(alice: User, private: Run) -> None:
    client = client_of(alice)
    retried = client.post(f"/api/evaluation/runs/{private.pk}/retry")
    assert (retried.status_code, retried.json()["state"], retried.json()["place"]) == (200, "queued", 1)
    again = client.post(f"/api/evaluation/runs/{private.pk}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "run_not_retryable")
    cancelled = client.post(f"/api/evaluation/runs/{private.pk}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["failure"] == {"class": "", "reason": "Cancelled by alice."}
    again = client.post(f"/api/evaluation/runs/{private.pk}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_not_cancellable")


def test_a_session_needs_the_csrf_token(alice: User, private: Run) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/api/evaluation/runs/{private.pk}/retry").status_code == 403
    private.refresh_from_db()
    assert private.state == RunState.FAILED


@pytest.mark.parametrize("count", [2, 20])
def test_a_list_is_one_query(count: int, django_assert_num_queries: Any) -> None:
    SuiteVersionFactory()
    for _ in range(count):
        RecordFactory()
    with django_assert_num_queries(1):
        assert len(Client().get("/api/evaluation/runs").json()["runs"]) == count
