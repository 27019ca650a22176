"""Who is rung when: through the broker itself."""

import json
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from models_app.evaluation import leases, services
from models_app.evaluation.routing import CPU_QUEUE, GPU_QUEUE
from tests.factories.evaluations import RunFactory, WorkerFactory


@pytest.fixture
def broker(valkey: str) -> "redis.Redis[Any]":
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(CPU_QUEUE, GPU_QUEUE)
    return client


def rung(broker: "redis.Redis[Any]", queue: str) -> list[str]:
    return [json.loads(message)["headers"]["task"] for message in broker.lrange(queue, 0, -1)]


@pytest.mark.django_db(transaction=True)
def test_the_reaper_rings_for_queued_runs(broker: "redis.Redis[Any]") -> None:
    RunFactory()
    leases.reap()
    assert rung(broker, CPU_QUEUE) == ["evaluation.evaluate_next"]
    assert rung(broker, GPU_QUEUE) == []


@pytest.mark.django_db(transaction=True)
def test_nobody_is_rung_for_nothing(broker: "redis.Redis[Any]") -> None:
    RunFactory(running=True)
    RunFactory(done=True)
    leases.reap()
    assert rung(broker, CPU_QUEUE) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("age", "expected"), [(1, ["evaluation.evaluate_next"]), (30, [])])
def test_gpu_workers_are_rung_while_they_are_about(broker: "redis.Redis[Any]", age: int, expected: list[str]) -> None:
    seen = timezone.now() - timedelta(days=age)
    WorkerFactory(hardware={"device": "cuda", "gpu": "NVIDIA H100"}, heartbeat_at=seen)
    RunFactory()
    leases.reap()
    assert rung(broker, GPU_QUEUE) == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("minutes", "expected"), [(0, []), (2, ["evaluation.evaluate_next"]), (3000, [])])
def test_idle_workers_are_asked_whether_they_are_there(
    broker: "redis.Redis[Any]", minutes: int, expected: list[str]
) -> None:
    WorkerFactory(heartbeat_at=timezone.now() - timedelta(minutes=minutes))
    leases.reap()
    assert rung(broker, CPU_QUEUE) == expected


@pytest.mark.django_db(transaction=True)
def test_a_retry_rings(broker: "redis.Redis[Any]") -> None:
    from community.members.actors import Actor

    run = RunFactory(failed=True)
    services.retry(actor=Actor(user=run.repo.creator), run=run)
    assert rung(broker, CPU_QUEUE) == ["evaluation.evaluate_next"]
