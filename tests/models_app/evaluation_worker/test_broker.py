"""Runs outlive their doorbells: a real Valkey and real Celery workers that die, start again, or ring twice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models_app.evaluation_worker.conftest import EXPIRE, REAP, RunOf, Upload
from tests.running_hub import PrivateValkey, RunningHub

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
QUEUE = "evaluate"
RING_OFTEN = (
    "from models_app.evaluation.tasks import evaluate_next; "
    "[evaluate_next.apply_async(queue='evaluate') for _ in range(5)]"
)


@pytest.fixture
def broker(hub_server: RunningHub) -> Iterator[PrivateValkey]:
    """The hub's, which is there again afterwards whatever a test has done to it."""
    yield hub_server.valkey
    hub_server.valkey.kill()
    hub_server.valkey.start()


def until(condition: Callable[[], bool], hub: RunningHub, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, (hub.data_dir / "worker.log").read_text()[-4000:]
        time.sleep(0.1)


def outcome(run: dict[str, Any]) -> tuple[Any, ...]:
    return run["state"], run["attempt"], run["record"] is not None


def test_an_upload_while_the_broker_is_dead(
    upload: Upload, run_of: RunOf, hub_server: RunningHub, broker: PrivateValkey, worker_env: dict[str, str]
) -> None:
    broker.kill()
    repo = upload()
    assert outcome(run_of(repo)) == ("queued", 0, False)
    broker.start()
    with hub_server.worker(QUEUE, env=worker_env):
        hub_server.manage("shell", "-c", REAP)
        until(lambda: outcome(run_of(repo)) == ("done", 1, True), hub_server)


def test_a_broker_that_starts_again_empty_while_a_worker_listens(
    upload: Upload, run_of: RunOf, hub_server: RunningHub, broker: PrivateValkey, worker_env: dict[str, str]
) -> None:
    first, second = upload(), ""
    with hub_server.worker(QUEUE, env=worker_env) as worker:
        until(lambda: run_of(first)["state"] == "running", hub_server)
        broker.kill()  # in the middle of the run, with the message that nobody has acknowledged
        broker.start()
        until(lambda: outcome(run_of(first)) == ("done", 1, True), hub_server)
        second = upload()
        hub_server.manage("shell", "-c", REAP)
        until(lambda: outcome(run_of(second)) == ("done", 1, True), hub_server)
        assert worker.poll() is None


def test_a_celery_worker_that_is_killed(
    upload: Upload, run_of: RunOf, hub_server: RunningHub, worker_env: dict[str, str]
) -> None:
    repo = upload()
    with hub_server.worker(QUEUE, env=worker_env) as worker:
        until(lambda: run_of(repo)["state"] == "running", hub_server)
        worker.kill()
        worker.wait()
    assert outcome(run_of(repo)) == ("running", 1, False)
    hub_server.manage("shell", "-c", EXPIRE)
    assert outcome(run_of(repo)) == ("queued", 1, False)
    with hub_server.worker(QUEUE, env=worker_env):
        until(lambda: outcome(run_of(repo)) == ("done", 2, True), hub_server)


def test_a_doorbell_that_is_delivered_often(
    upload: Upload, run_of: RunOf, hub_server: RunningHub, worker_env: dict[str, str], tmp_path: Path
) -> None:
    repo = upload()
    hub_server.manage("shell", "-c", RING_OFTEN)
    other = worker_env | {"HUB_EVALUATION_NAME": "other", "HUB_EVALUATION_DIR": str(tmp_path / "runs")}
    with hub_server.worker(QUEUE, env=worker_env), hub_server.worker(QUEUE, env=other):
        until(lambda: outcome(run_of(repo)) == ("done", 1, True), hub_server)


def test_a_task_that_raises_leaves_the_run_queued(
    upload: Upload, run_of: RunOf, hub_server: RunningHub, worker_env: dict[str, str], tmp_path: Path
) -> None:
    wrong = tmp_path / "token"
    wrong.write_text("hf_wrong")
    repo = upload()
    with hub_server.worker(QUEUE, env=worker_env | {"HUB_EVALUATION_TOKEN_FILE": str(wrong)}) as worker:
        refusal = "The hub refuses this worker (401)"
        until(lambda: refusal in (hub_server.data_dir / "worker.log").read_text(), hub_server)
        assert worker.poll() is None
    assert outcome(run_of(repo)) == ("queued", 0, False)
    hub_server.manage("shell", "-c", REAP)
    with hub_server.worker(QUEUE, env=worker_env):
        until(lambda: outcome(run_of(repo)) == ("done", 1, True), hub_server)
