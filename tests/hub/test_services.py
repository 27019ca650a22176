"""The processes of an embedded hub."""

from pathlib import Path

import pytest

from hub.embedded.services import Service, attention_service, evaluation_services


def _services(monkeypatch: pytest.MonkeyPatch, gpus: str) -> list[Service]:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
    monkeypatch.delenv("HUB_EVALUATION_QUEUES", raising=False)
    monkeypatch.setattr("hub.embedded.services.os.sched_getaffinity", lambda _pid: set(range(5)))
    monkeypatch.setattr("hub.embedded.services.socket.gethostname", lambda: "lab")
    return evaluation_services(Path("token"), "http://hub.test")


def _queues(service: Service) -> str:
    return service.command[service.command.index("-Q") + 1]


@pytest.mark.parametrize(("gpus", "queues"), [("", "evaluate"), ("3", "evaluate,evaluate-gpu,evaluate-big-gpu")])
def test_one_evaluation_process_for_a_processor_or_a_gpu(
    monkeypatch: pytest.MonkeyPatch, gpus: str, queues: str
) -> None:
    (service,) = _services(monkeypatch, gpus)
    assert (service.name, _queues(service)) == ("evaluation", queues)
    assert "CUDA_VISIBLE_DEVICES" not in service.env


def test_one_evaluation_process_for_each_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    services = _services(monkeypatch, "0,2")
    assert [service.name for service in services] == ["evaluation-0", "evaluation-2"]
    assert {_queues(service) for service in services} == {"evaluate,evaluate-gpu,evaluate-big-gpu"}
    own = ("CUDA_VISIBLE_DEVICES", "HUB_EVALUATION_NAME", "HUB_EVALUATION_THREADS", "HUB_EVALUATION_URL")
    assert [[service.env[name] for name in own] for service in services] == [
        ["0", "lab-gpu0", "2", "http://hub.test"],
        ["2", "lab-gpu2", "2", "http://hub.test"],
    ]


def test_evaluation_and_attention_share_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.embedded.services.machine_memory", lambda: 16 * 2**30)
    (evaluation,) = _services(monkeypatch, "")
    attention = attention_service(Path("token"), "http://hub.test")
    own = ("HUB_EVALUATION_NAME", "HUB_EVALUATION_TEXTS_ONLY", "HUB_EVALUATION_MEMORY_BYTES")
    assert [evaluation.env.get(name) for name in own] == [None, None, str(8 * 2**30)]
    assert [attention.env.get(name) for name in own] == ["lab-attention", "1", str(4 * 2**30)]
    (on_gpu,) = _services(monkeypatch, "0")
    assert on_gpu.env["HUB_EVALUATION_MEMORY_BYTES"] == str(12 * 2**30)
    monkeypatch.setenv("HUB_EVALUATION_MEMORY_BYTES", "5000")
    assert attention_service(Path("token"), "http://hub.test").env["HUB_EVALUATION_MEMORY_BYTES"] == "5000"


def test_queues_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_EVALUATION_QUEUES", "evaluate-gpu")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (service,) = evaluation_services(Path("token"), "http://hub.test")
    assert _queues(service) == "evaluate-gpu"
