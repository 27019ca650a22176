"""What operators set: limits, priorities, workers; and their commands."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from community.members.actors import ANONYMOUS, Actor
from community.members.models import TokenKind, User
from models_app.evaluation import policy, services
from models_app.evaluation.errors import (
    AmbiguousWorker,
    NotAnOperator,
    RunNotCancellable,
    TooManyRuns,
    WorkerNotFound,
)
from models_app.evaluation.models import QueuePolicy, Run, RunState
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from models_app.uploads.services import commit_changes
from tests.factories.attention import AttentionRequestFactory
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, SuiteVersionFactory, WorkerFactory
from tests.factories.members import AccessTokenFactory

pytestmark = pytest.mark.django_db
WAITING = (
    "alice has 2 evaluations waiting, which is as many as one member or organisation may have. "
    "Try again when some of them are done, or cancel one."
)
A_DAY = (
    "alice has asked for 2 evaluations within a day, which is as many as one member or organisation may. "
    "Try again tomorrow, or ask the operators of this hub for more."
)


def run_command(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def upload(user: User, name: str) -> Repo:
    """A new model of `user` with something to evaluate at its head."""
    actor = Actor(user=user)
    repo = create_repo(actor=actor, kind=RepoKind.MODEL, namespace=user.username, name=name, private=False)
    files = [AddFile("config.json", b"{}"), AddFile("pytorch_model.bin", b"weights")]
    commit_changes(actor=actor, repo=repo, revision="main", parent=None, summary="s", description="", changes=files)
    repo.refresh_from_db()
    return repo


# Limits


@pytest.mark.parametrize(
    ("limits", "state", "sentence"),
    [
        ({"max_waiting": 2, "max_a_day": None}, {}, WAITING),
        ({"max_waiting": None, "max_a_day": 2}, {"done": True}, A_DAY),
    ],
)
def test_a_commit_beyond_the_limit_is_kept_and_can_be_tried_later(
    alice: User, bob: User, limits: dict[str, int | None], state: dict[str, bool], sentence: str
) -> None:
    SuiteVersionFactory()
    earlier = [RunFactory(repo=RepoFactory(creator=alice, name=f"old-{number}"), **state) for number in range(2)]
    policy.set_limits(**limits)  # type: ignore[arg-type]
    run = Run.objects.get(repo=upload(alice, "new"))
    assert (run.state, run.failure_reason) == (RunState.CANCELLED, sentence)
    with pytest.raises(TooManyRuns, match="as many as one member"):
        services.retry(actor=Actor(user=alice), run=run)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED

    assert Run.objects.get(repo=upload(bob, "new")).state == RunState.QUEUED  # the limit is alice's alone
    Run.objects.filter(pk=earlier[0].pk).delete()
    assert services.retry(actor=Actor(user=alice), run=run).state == RunState.QUEUED


def test_staff_may_ask_for_more(alice: User, bob: User) -> None:
    SuiteVersionFactory()
    repo = upload(alice, "tiny")
    Run.objects.all().delete()
    policy.set_limits(max_waiting=0, max_a_day=0)
    with pytest.raises(TooManyRuns):
        services.request_run(actor=Actor(user=alice), repo=repo)
    assert not Run.objects.exists()
    bob.is_staff = True
    assert services.request_run(actor=Actor(user=bob), repo=repo).state == RunState.QUEUED


def test_defaults_until_somebody_changes_them() -> None:
    assert (policy.current_policy().max_waiting, policy.current_policy().max_a_day) == (100, 500)
    assert not QueuePolicy.objects.exists()


# Priorities, workers


def test_priorities(alice: User) -> None:
    first, second = (RunFactory(repo=RepoFactory(creator=alice, name=name)) for name in ("a", "b"))
    policy.set_priority(run=second, priority=300)
    second.refresh_from_db()
    assert second.priority == 100
    Run.objects.filter(pk=first.pk).update(state=RunState.CANCELLED)
    with pytest.raises(RunNotCancellable):
        policy.set_priority(run=first, priority=1)
    first.refresh_from_db()
    assert first.priority == 0


def test_workers_by_name() -> None:
    one, two = WorkerFactory(name="box"), WorkerFactory(name="box")
    assert policy.get_worker(f"{two.account.username}/box") == two
    with pytest.raises(AmbiguousWorker):
        policy.get_worker("box")
    with pytest.raises(WorkerNotFound):
        policy.get_worker(f"{one.account.username}/other")


def test_who_is_an_operator(alice: User, bob: User) -> None:
    alice.is_staff = True
    policy.check_operator(Actor(user=alice))
    token = AccessTokenFactory(user=alice, kind=TokenKind.WRITE)
    for actor in (ANONYMOUS, Actor(user=bob), Actor(user=alice, token=token)):
        with pytest.raises(NotAnOperator):
            policy.check_operator(actor)


# Commands


def test_the_list_of_workers(alice: User) -> None:
    hardware = {"device": "cpu", "cores": 2, "run_memory_bytes": 6_000_000_000}
    worker = WorkerFactory(account=alice, name="box", hardware=hardware, versions={"torch": "2.13.0"})
    repo = RepoFactory(creator=alice, name="secret", private=True)
    run = RunFactory(repo=repo, running=True, worker=worker, progress={"stage": "load"})
    table = run_command("workers").splitlines()
    assert " ".join(table[0].split()) == "WORKER STATE HEARD OF WORKS ON DEVICE A RUN MAY TAKE TORCH"
    assert table[1].startswith("alice/box  working  ")
    assert table[1].endswith(f"run {run.pk} alice/secret  cpu, 2 cores  6.0 GB          2.13.0")
    (facts,) = json.loads(run_command("workers", "--json"))
    assert facts == {
        "name": "box",
        "account": "alice",
        "state": "working",
        "donated": False,
        "run": {"id": run.pk, "repo": "alice/secret", "progress": {"stage": "load"}},
        "text": None,
        "heartbeat_at": worker.heartbeat_at.isoformat(),
        "hardware": hardware,
        "versions": {"torch": "2.13.0"},
    }


def test_the_list_says_who_computes_a_text(alice: User) -> None:
    worker = WorkerFactory(account=alice, name="box-attention", hardware={"device": "cpu", "texts_only": True})
    asked = AttentionRequestFactory(repo=RepoFactory(creator=alice, name="tiny"), running=True, worker=worker)
    assert f"working  {worker.heartbeat_at:%Y-%m-%d %H:%M:%S}  text {asked.pk} alice/tiny" in run_command("workers")
    (facts,) = json.loads(run_command("workers", "--json"))
    assert facts["run"] is None
    assert facts["text"] == {"id": str(asked.pk), "repo": "alice/tiny", "progress": {}}


def test_draining_by_command(alice: User) -> None:
    worker = WorkerFactory(account=alice, name="box")
    assert run_command("workers", "drain", "box") == "box takes no further run\n"
    assert json.loads(run_command("workers", "list", "--json"))[0]["state"] == "drained"
    assert run_command("workers", "resume", "alice/box") == "box takes runs again\n"
    worker.refresh_from_db()
    assert not worker.draining
    with pytest.raises(CommandError, match="There is no evaluation worker called “nobody”"):
        run_command("workers", "drain", "nobody")
    with pytest.raises(CommandError, match="Say whom"):
        run_command("workers", "drain")


def test_donating_by_command(alice: User) -> None:
    assert run_command("workers", "allow", "alice") == "alice may now donate workers\n"
    assert User.objects.get(pk=alice.pk).has_perm("models_app.donate_work")
    assert run_command("workers", "forbid", "Alice") == "alice may no longer donate workers\n"
    assert not User.objects.get(pk=alice.pk).has_perm("models_app.donate_work")


def test_steering_by_command(alice: User) -> None:
    run = RunFactory(repo=RepoFactory(creator=alice, name="tiny"))
    assert run_command("evaluation").splitlines() == [
        "queue    running",
        "queued   1",
        "running  0",
        "limits   100 waiting, 500 a day, of one member or organisation",
    ]
    assert "A new disk." in run_command("evaluation", "pause", "--reason", "A new disk.").splitlines()[0]
    assert run_command("evaluation", "resume").startswith("queue    running\n")
    limits = run_command("evaluation", "limits", "--waiting", "none", "--a-day", "7").splitlines()[-1]
    assert limits == "limits   any number waiting, 7 a day, of one member or organisation"
    run_command("evaluation", "priority", str(run.pk), "5")
    run.refresh_from_db()
    assert run.priority == 5


@pytest.mark.parametrize(
    "arguments", [["limits", "--waiting", "-1"], ["limits", "--a-day", "many"], ["priority", "999", "1"]]
)
def test_what_the_command_refuses(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run_command("evaluation", *arguments)
    assert not QueuePolicy.objects.exists()


def test_the_doorbell_is_silent_while_paused(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("models_app.evaluation.rings.ring_workers", rung.append)
    policy.pause()
    RunFactory(repo=RepoFactory(creator=alice, name="tiny"))
    WorkerFactory(hardware={"gpu": "NVIDIA H100", "gpu_memory_bytes": 80 * 2**30})
    policy.drain(worker=WorkerFactory(), draining=False)
    assert rung == []
    policy.resume()
    assert rung == [{"evaluate", "evaluate-big-gpu"}]
