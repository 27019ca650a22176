"""``leyuan-worker`` as a process with its token and nothing else, in front of a running hub."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models_app.evaluation.engine.sandbox.confinement import PROJECT
from models_app.evaluation.worker.errors import HubAway
from models_app.evaluation.worker.gpus import visible_gpus
from models_app.evaluation.worker.serving import Serving
from models_app.evaluation.worker.settings import WorkerSettings
from tests.models_app.evaluation_worker.conftest import EXPIRE, RunOf, Upload, ask
from tests.running_hub import RunningHub

SECONDS = 120


class Process:
    """A worker; `output` is what it has said so far."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.popen = subprocess.Popen(
            command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.output = ""

    def until(self, words: str) -> None:
        """Read on until it says `words`."""
        assert self.popen.stdout is not None
        while words not in self.output:
            line = self.popen.stdout.readline()
            assert line, self.output
            self.output += line

    def end(self, *signals: signal.Signals) -> int:
        """Send `signals`, each once the worker took the one before in; gives the exit code."""
        for count, number in enumerate(signals, 1):
            self.popen.send_signal(number)
            if count < len(signals):
                self.until("stopping")
        rest, _ = self.popen.communicate(timeout=SECONDS)
        self.output += rest
        return self.popen.returncode


@pytest.fixture
def serve(worker_env: dict[str, str], hub_server: RunningHub, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start ``leyuan-worker`` with an empty environment."""
    started: list[Process] = []
    tmp_path.chmod(0o711)

    def start(*options: str, env: dict[str, str] | None = None) -> Process:
        command = [sys.executable, "-m", "models_app.evaluation.worker", "--hub", hub_server.url]
        command += ["--token-file", worker_env["HUB_EVALUATION_TOKEN_FILE"], "--folder", str(tmp_path / "runs")]
        command += ["--threads", "1", "--memory-bytes", str(2 * 2**30), "--poll", "0.2", "--name", "remote", *options]
        started.append(Process(command, env or {}))
        return started[-1]

    yield start
    for process in started:
        process.popen.kill()
        process.popen.communicate()


@pytest.mark.slow
@pytest.mark.one_database
def test_it_works_polls_and_stops(upload: Upload, run_of: RunOf, serve: Callable[..., Process], hub_server: RunningHub):
    first = upload()
    worker = serve()
    worker.until(f"{first} at ")
    worker.until("nothing to do: asking every 0 s")
    second = upload()
    worker.until(f"{second} at ")
    assert worker.end(signal.SIGTERM) == 0
    assert worker.output.splitlines()[-1].endswith(" stopped")
    assert [run_of(repo)["state"] for repo in (first, second)] == ["done", "done"]
    (facts,) = [row for row in json.loads(hub_server.manage("workers", "--json")) if row["name"] == "remote"]
    assert (facts["state"], facts["hardware"]["run_memory_bytes"], facts["run"]) == ("idle", 2 * 2**30, None)


@pytest.mark.slow
@pytest.mark.one_database
def test_a_worker_for_texts_leaves_runs_to_others(
    upload: Upload, run_of: RunOf, serve: Callable[..., Process], hub_server: RunningHub, http: httpx2.Client
):
    repo = upload()
    asked = ask(http, repo)
    reader = serve("--texts-only", "--name", "reader")
    reader.until(f"{asked}: done")
    reader.until("nothing to do")
    assert http.get(asked).json()["state"] == "done"
    assert (run_of(repo)["state"], run_of(repo)["attempt"]) == ("queued", 0)
    (facts,) = [row for row in json.loads(hub_server.manage("workers", "--json")) if row["name"] == "reader"]
    assert (facts["state"], facts["hardware"]["texts_only"]) == ("idle", True)
    assert reader.end(signal.SIGTERM) == 0

    assert serve("--until-idle").end() == 0
    assert (run_of(repo)["state"], run_of(repo)["attempt"]) == ("done", 1)


@pytest.mark.slow
@pytest.mark.one_database
def test_a_run_is_given_back_and_another_worker_takes_it(
    upload: Upload, run_of: RunOf, serve: Callable[..., Process], hub_server: RunningHub
):
    repo = upload()
    worker = serve("--grace", "0")
    worker.until(": tasks")
    assert worker.end(signal.SIGTERM) == 0
    assert ": given back" in worker.output
    run = run_of(repo)
    assert (run["state"], run["attempt"], run["place"]) == ("queued", 1, 1)

    hub_server.manage("evaluation", "pause")
    other = serve()
    other.until("nothing to do")
    assert run_of(repo)["state"] == "queued"
    hub_server.manage("evaluation", "resume")
    other.until(": done")
    assert other.end(signal.SIGTERM) == 0
    run = run_of(repo)
    assert (run["state"], run["attempt"]) == ("done", 2)


@pytest.mark.slow
@pytest.mark.one_database
def test_the_second_signal_ends_at_once(
    upload: Upload, run_of: RunOf, serve: Callable[..., Process], hub_server: RunningHub, tmp_path: Path
):
    repo = upload()
    worker = serve()
    worker.until(f"{repo} at ")
    assert worker.end(signal.SIGTERM, signal.SIGTERM) == 1
    assert run_of(repo)["state"] == "running"
    hub_server.manage("shell", "-c", EXPIRE)
    assert serve("--until-idle").end() == 0
    run = run_of(repo)
    assert (run["state"], run["attempt"]) == ("done", 2)
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
def test_killed_at_any_stage_there_is_one_record(
    upload: Upload, run_of: RunOf, serve: Callable[..., Process], hub_server: RunningHub, tmp_path: Path
):
    repos = {}
    for stage in (" at ", ": tasks", ": samples"):
        repos[stage] = upload()
        worker = serve()
        worker.until(f"{repos[stage]} at ")
        worker.until(stage)
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
        assert run_of(repos[stage])["state"] == "running"
    hub_server.manage("shell", "-c", EXPIRE)
    assert serve("--until-idle").end() == 0
    for repo in repos.values():
        run = run_of(repo)
        assert (run["state"], run["attempt"]) == ("done", 2)
        assert run["record"] is not None
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
@pytest.mark.one_database
def test_a_process_for_each_gpu(serve: Callable[..., Process], hub_server: RunningHub):
    worker = serve("--until-idle", env={"CUDA_VISIBLE_DEVICES": "0,1"})
    assert worker.end() == 0
    names = {row["name"] for row in json.loads(hub_server.manage("workers", "--json"))}
    assert {"remote-gpu0", "remote-gpu1"} <= names


def test_without_a_token_it_says_what_is_missing():
    worker = Process([sys.executable, "-m", "models_app.evaluation.worker", "--hub", "http://127.0.0.1:9"], {})
    assert worker.end() == 1
    assert worker.output == "Set HUB_EVALUATION_TOKEN (or HUB_EVALUATION_TOKEN_FILE).\n"


# Without processes


class _Shaky:
    """A worker whose hub is away twice, then has one run or text, then nothing."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.answers: list[Any] = [HubAway("The hub is away."), HubAway("The hub is away."), True, False]
        self.closed = False
        if settings.texts_only:
            self.attend_once = self._answer
        else:
            self.serve_once = self._answer

    def _answer(self) -> bool:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("texts_only", ["0", "1"])
def test_a_hub_that_is_away_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, texts_only: str
):
    monkeypatch.setenv("HUB_EVALUATION_TEXTS_ONLY", texts_only)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    worker = _Shaky(WorkerSettings.from_environment(token="test"))
    try:
        with caplog.at_level("INFO"):
            Serving(worker, poll_seconds=0.01, grace_seconds=0).run(until_idle=True)  # type: ignore[arg-type]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert worker.answers == []
    assert worker.closed
    assert [record.message for record in caplog.records] == [
        "The hub is away. Asking again in 0 s.",
        "The hub is away. Asking again in 0 s.",
        "nothing to do: the end",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", []), ("-1", []), ("0", ["0"]), ("2, 3", ["2", "3"]), ("GPU-a", ["GPU-a"])],
)
def test_the_gpus_that_are_named(value: str, expected: list[str]):
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": value}) == expected


def test_the_gpus_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    monkeypatch.setattr("models_app.evaluation.worker.gpus.metadata.version", lambda _name: "2.13.0+cu130")
    assert visible_gpus({}, tmp_path) == ["2", "10"]
    monkeypatch.setattr("models_app.evaluation.worker.gpus.metadata.version", lambda _name: "2.13.0+cpu")
    assert visible_gpus({}, tmp_path) == []
