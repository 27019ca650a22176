"""Who gets which run: memory, donated workers, drained ones, a paused queue."""

from collections.abc import Callable
from typing import Any

import pytest

from community.members.actors import ANONYMOUS
from community.members.models import User
from models_app.evaluation import policy
from models_app.evaluation.models import Run, RunState, Worker
from models_app.evaluation.queries import standing
from models_app.evaluation.queue import queue
from models_app.evaluation.repeats import queue_repeat
from models_app.evaluation.routing import fits, memory_needed, queue_of
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, WorkerFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount

GIB = 2**30
MakeAccount = Callable[..., ServiceAccount]


def asked(room: int | None, **hardware: Any) -> dict[str, Any]:
    """What a worker that gives a run `room` bytes asks for a lease with."""
    return {**LEASE, "hardware": {"device": "cpu", "run_memory_bytes": room, **hardware}}


@pytest.mark.parametrize(
    ("parameters", "precision", "expected"),
    [
        ({}, "float32", None),
        ({"F32": 1_000_000}, "float32", 1.2 * 4_000_000 + 4_000_000 + GIB / 2),
        ({"BF16": 1_000_000}, "float32", 1.2 * 4_000_000 + 2_000_000 + GIB / 2),
        ({"BF16": 1_000_000}, "bfloat16", 1.2 * 2_000_000 + 2_000_000 + GIB / 2),
        ({"F32": 10, "F99": 10}, "float16", 1.2 * 40 + 40 + 80 + GIB / 2),
    ],
)
def test_the_memory_of_a_checkpoint(parameters: dict[str, int], precision: str, expected: float | None) -> None:
    assert memory_needed(parameters, precision) == expected


@pytest.mark.parametrize(
    ("needed", "hardware", "expected"),
    [
        (None, {"run_memory_bytes": 1}, True),
        (5, {}, True),
        (5, {"run_memory_bytes": 5}, True),
        (5, {"run_memory_bytes": 4}, False),
    ],
)
def test_what_fits(needed: int | None, hardware: dict[str, int], *, expected: bool) -> None:
    assert fits(needed, hardware) is expected


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        ({"device": "cpu", "gpu": None}, "evaluate"),
        ({"gpu": "NVIDIA L4"}, "evaluate-gpu"),
        ({"gpu": "NVIDIA L4", "gpu_memory_bytes": 24 * GIB}, "evaluate-gpu"),
        ({"gpu": "NVIDIA H100", "gpu_memory_bytes": 80 * GIB}, "evaluate-big-gpu"),
    ],
)
def test_the_queue_of_a_worker(hardware: dict[str, Any], expected: str) -> None:
    assert queue_of(hardware) == expected


def test_a_worker_gets_what_fits(box: ServiceAccount, run: Run) -> None:
    large = RunFactory(memory_bytes=24 * GIB, priority=5)
    Run.objects.filter(pk=run.pk).update(memory_bytes=2 * GIB)
    assert box.post("lease", asked(2 * GIB - 1)).status_code == 204
    assert box.post("lease", asked(2 * GIB)).json()["run"] == run.pk
    assert box.post("lease", asked(2 * GIB)).status_code == 204
    large.refresh_from_db()
    assert (large.state, large.attempt) == (RunState.QUEUED, 0)
    assert box.post("lease", asked(24 * GIB, gpu="NVIDIA L4", gpu_memory_bytes=25 * GIB)).json()["run"] == large.pk


def test_a_run_that_fits_nobody_says_so(run: Run) -> None:
    run.memory_bytes = 24 * GIB
    run.save()
    assert standing(run).waits_for is None  # nobody has ever asked for work
    worker = WorkerFactory(hardware={"device": "cpu", "run_memory_bytes": 8 * GIB})
    RunFactory(done=True)
    here = standing(run)
    assert (here.place, here.waits_for, here.expected_seconds) == (1, 24 * GIB, None)
    worker.hardware = {"device": "cuda", "run_memory_bytes": 24 * GIB}
    worker.save()
    here = standing(run)
    assert (here.waits_for, here.expected_seconds) == (None, 30.0)
    policy.drain(worker=worker, draining=True)
    assert standing(run).waits_for == 24 * GIB


def test_a_repetition_waits_for_another_worker(run: Run) -> None:
    first = WorkerFactory()
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE, worker=first)
    repetition = queue_repeat(run)
    assert standing(repetition).waits_for == 0
    (entry,) = queue(ANONYMOUS).queued
    assert entry.standing is not None
    assert entry.standing.waits_for == 0
    second = WorkerFactory(account=first.account)
    assert standing(repetition).waits_for is None
    Worker.objects.update(donated=True)  # one account's donated workers are one
    second.refresh_from_db()
    assert standing(repetition).waits_for == 0


# Donated workers


@pytest.fixture
def donor(make_account: MakeAccount) -> ServiceAccount:
    account = make_account("donor", permitted=False)
    policy.allow_donation(member=account.user, allowed=True)
    return account


def test_a_donated_worker_is_marked(donor: ServiceAccount, box: ServiceAccount, run: Run) -> None:
    assert donor.post("lease", LEASE).json()["run"] == run.pk
    assert box.post("lease", LEASE).status_code == 204
    assert dict(Worker.objects.values_list("account__username", "donated")) == {"donor": True, "box": False}


@pytest.mark.parametrize("closed", [{"private": True}, {"gated": "auto"}, {"gated": "manual"}])
def test_a_donated_worker_gets_no_private_files(
    donor: ServiceAccount, box: ServiceAccount, alice: User, closed: dict[str, Any]
) -> None:
    run = RunFactory(repo=RepoFactory(creator=alice, name="closed", **closed))
    assert donor.post("lease", LEASE).status_code == 204
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)
    assert standing(run).waits_for == 0  # of no size: the only worker may not see it
    assert box.post("lease", LEASE).json()["run"] == run.pk


def test_a_permission_that_was_taken_back(donor: ServiceAccount, run: Run) -> None:
    policy.allow_donation(member=donor.user, allowed=False)
    assert donor.post("lease", LEASE).status_code == 403
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


# Drained workers, a paused queue


def test_a_drained_worker_finishes_and_takes_no_more(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    following = RunFactory()
    box.post("lease", LEASE)
    worker = policy.get_worker("box")
    policy.drain(worker=worker, draining=True)
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    assert box.post("lease", LEASE).status_code == 204
    assert box.post("lease", {**LEASE, "worker": "box-2"}).json()["run"] == following.pk
    RunFactory()
    policy.drain(worker=worker, draining=False)
    assert box.post("lease", LEASE).status_code == 200


def test_a_paused_queue_hands_out_nothing(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    waiting = RunFactory()
    box.post("lease", LEASE)
    policy.pause(reason="The power goes off at noon.")
    assert box.post("lease", LEASE).status_code == 204
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    assert policy.current_policy().pause_reason == "The power goes off at noon."
    policy.resume()
    assert box.post("lease", LEASE).json()["run"] == waiting.pk
    assert policy.current_policy().pause_reason == ""


# Giving a run back


def test_a_run_that_is_given_back_keeps_its_place(box: ServiceAccount, make_account: MakeAccount, run: Run) -> None:
    RunFactory()
    box.post("lease", LEASE)
    for _ in range(2):
        assert box.post(f"runs/{run.pk}/give-back", {"attempt": 1}).status_code == 200
    before = run.queued_at
    run.refresh_from_db()
    assert (run.state, run.losses, run.leased_until, run.queued_at) == (RunState.QUEUED, 0, None, before)
    other = make_account("other").post("lease", LEASE).json()
    assert (other["run"], other["attempt"]) == (run.pk, 2)
    assert box.post(f"runs/{run.pk}/give-back", {"attempt": 1}).status_code == 409
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.RUNNING, 2)


@pytest.mark.parametrize("body", [{}, {"attempt": 0}, {"attempt": "x"}])
def test_a_give_back_out_of_bounds(box: ServiceAccount, run: Run, body: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/give-back", body).status_code == 400
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
