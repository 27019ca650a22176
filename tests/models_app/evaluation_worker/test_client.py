"""The worker's side of the API against a small server of its own, which answers what each test says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from models_app.evaluation.engine.errors import InvalidCheckpoint, Unsafe, Unsupported
from models_app.evaluation.worker.client import HubClient, RunLease, TextLease
from models_app.evaluation.worker.errors import LeaseLost, RecordRefused, WorkerError
from models_app.evaluation.worker.folders import remove_left_over, run_folder
from models_app.evaluation.worker.heartbeat import Heartbeat
from models_app.evaluation.worker.snapshot import select

LEASE = RunLease(
    run=7,
    attempt=2,
    repo="alice/tiny",
    kind="model",
    commit="0" * 40,
    suite={"name": "standard", "version": 1, "sha256": ""},
    precision="float32",
    token="cap_token",
    lease_seconds=1,
    run_seconds=60,
)


class Hub(HTTPServer):
    """Gives the prepared answers one after the other, the last one for ever, and keeps what it was asked."""

    answers: list[tuple[int, Any]]
    asked: list[tuple[str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        status, answer = self.server.answers[0] if len(self.server.answers) == 1 else self.server.answers.pop(0)
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(("127.0.0.1", 0), _Handler) as server:
        server.answers, server.asked = [], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(hub: Hub) -> Iterator[HubClient]:
    client = HubClient(f"http://127.0.0.1:{hub.server_port}", "hf_token")
    yield client
    client.close()


def test_a_description_that_the_hub_does_not_take_ends_the_worker_with_a_sentence(hub: Hub, client: HubClient):
    hub.answers = [(400, {"error": "versions: torch: This field may not be null."})]
    with pytest.raises(WorkerError, match="does not take this worker's description: versions: torch"):
        client.lease_run({"worker": "box"})


def test_nothing_queued(hub: Hub, client: HubClient):
    hub.answers = [(204, None)]

    assert client.lease_run({"worker": "box", "hardware": {"device": "cpu"}, "versions": {}}) is None
    assert hub.asked == [
        ("/api/evaluation/lease", {"worker": "box", "hardware": {"device": "cpu"}, "versions": {}}),
    ]


def test_a_text_has_a_path_of_its_own(hub: Hub, client: HubClient):
    common = {"attempt": 1, "repo": "alice/tiny", "kind": "model", "commit": "0" * 40, "token": "cap_token"}
    answer = {**common, "request": "3d751c1c", "text": "A cat", "target": "", "lease_seconds": 60, "run_seconds": 600}
    hub.answers = [(200, answer), (200, {})]

    lease = client.lease_text({"worker": "box"}, examples=False)
    assert lease == TextLease(**answer)
    client.finish(lease, result={"parts": []})

    assert hub.asked == [
        ("/api/evaluation/attention/lease", {"worker": "box", "examples": False}),
        ("/api/evaluation/attention/3d751c1c/finish", {"attempt": 1, "result": {"parts": []}}),
    ]


def test_a_record_is_offered_until_the_hub_takes_it(hub: Hub, client: HubClient):
    hub.answers = [(503, None), (502, {"error": "away"}), (200, {"record": "abc"})]

    client.finish(LEASE, record={"format": 1})

    assert hub.asked == [("/api/evaluation/runs/7/finish", {"attempt": 2, "record": {"format": 1}})] * 3


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (409, LeaseLost, "it does not fit"),
        (400, RecordRefused, "it does not fit"),
        (403, WorkerError, "refuses this worker \\(403\\): it does not fit"),
    ],
)
def test_a_refusal_is_not_tried_again(hub: Hub, client: HubClient, status: int, kind: type[Exception], message: str):
    hub.answers = [(status, {"error": "it does not fit"})]

    with pytest.raises(kind, match=message):
        client.finish(LEASE, record={})

    assert len(hub.asked) == 1


def test_a_heartbeat_that_is_not_heard_is_no_error(hub: Hub, client: HubClient):
    hub.answers = [(503, None)]

    assert client.heartbeat(LEASE, progress={}, log_tail="") is False
    assert len(hub.asked) == 1


@pytest.mark.parametrize("answer", [(200, {"cancel": True}), (409, {"error": "over"})])
def test_heartbeats_notice_that_nobody_wants_the_run(hub: Hub, client: HubClient, answer: tuple[int, Any]):
    hub.answers = [(200, {"cancel": False}), answer]

    with Heartbeat(client, LEASE) as heartbeat:
        heartbeat.tell({"stage": "tasks", "task": "x" * 100, "done": "many", "total": 2**60}, "the end")
        assert heartbeat.stop.wait(5)

    progress = {"stage": "tasks", "task": "x" * 80, "done": 0, "total": 2**53 - 1}
    assert (
        hub.asked
        == [("/api/evaluation/runs/7/heartbeat", {"attempt": 2, "progress": progress, "log_tail": "the end"})] * 2
    )


def test_only_what_an_evaluation_needs_is_fetched():
    sizes = {
        "config.json": 1,
        "model.safetensors": 10,
        "tokenizer.json": 2,
        "generation_config.json": 1,
        "modeling_mine.py": 1,
        "pytorch_model.bin": 10,
        "onnx/model.safetensors": 10,
        "README.md": 1,
    }

    assert select(sizes, max_bytes=13) == {"config.json": 1, "model.safetensors": 10, "tokenizer.json": 2}
    with pytest.raises(Unsupported, match="at most"):
        select(sizes, max_bytes=12)
    with pytest.raises(Unsafe, match="pickles"):
        select({"config.json": 1, "pytorch_model.bin": 10}, max_bytes=100)
    with pytest.raises(InvalidCheckpoint, match=r"model\.safetensors is missing"):
        select({"config.json": 1}, max_bytes=100)


def test_folders_of_dead_workers_are_removed_and_those_of_living_ones_are_not(tmp_path: Path):
    (tmp_path / "run-dead" / "scratch").mkdir(parents=True)

    with run_folder(tmp_path) as living:
        remove_left_over(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [living.name]
    assert list(tmp_path.iterdir()) == []
