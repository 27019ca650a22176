import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models_app.evaluation.engine.errors import (
    EvaluationFailure,
    Internal,
    InvalidCheckpoint,
    OutOfMemory,
    Timeout,
    Unsafe,
)
from models_app.evaluation.engine.sandbox.client import ENVIRONMENT, LOG_TAIL, Sandbox, Stopped
from models_app.evaluation.engine.sandbox.confinement import FIRST_UID, PROJECT, reachable_by_others
from models_app.evaluation.worker.folders import run_folder

JOB = "tests.models_app.evaluation_engine.probes"
LIMITS = {"memory_bytes": 2**30, "cpu_seconds": 20, "gpu": False}


@pytest.fixture(scope="module")
def probes() -> Iterator[Sandbox]:
    sandbox = Sandbox(JOB)
    yield sandbox
    sandbox.close()


def run(sandbox: Sandbox, base: Path, probe: str, *, seconds: float = 30, **extra: Any) -> dict[str, Any]:
    stop = extra.pop("stop", threading.Event())
    on_progress = extra.pop("on_progress", lambda *_: None)
    with run_folder(base) as folder:
        request = {
            "snapshot": str(folder / "snapshot"),
            "scratch": str(folder / "scratch"),
            "limits": LIMITS,
            "probe": probe,
        }
        return sandbox.run(request | extra, seconds=seconds, stop=stop, on_progress=on_progress)


def test_a_child_has_no_environment_no_descriptors_and_no_django(
    probes: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HUB_EVALUATION_TOKEN", "hf_secret")
    seen: list[dict[str, Any]] = []

    found = run(probes, tmp_path, "environment", on_progress=lambda progress, _log: seen.append(progress))

    assert set(found["environ"]) - {"HOME", "TMPDIR"} == set(ENVIRONMENT)
    assert "secret" not in found["initial"]
    assert found["descriptors"] == [0, 1, 2, 3]
    assert found["cwd"] == found["environ"]["HOME"] == found["environ"]["TMPDIR"]
    assert found["cwd"].startswith(str(tmp_path))
    assert not found["django"]
    assert seen == [{"stage": "environment", "task": "", "done": 0, "total": 1}]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_child_of_root_is_another_user_where_that_user_can_reach_the_program(probes: Sandbox):
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)

        found = run(probes, base / "runs", "environment")

        assert (found["uid"] >= FIRST_UID) == reachable_by_others([base / "runs"])


def test_a_child_reaches_no_network(probes: Sandbox, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = run(probes, tmp_path, "network", port=server.getsockname()[1])

    assert found == {"tcp": "PermissionError", "udp": "PermissionError", "unix": "PermissionError"}


def test_a_child_writes_in_its_scratch_folder_only(probes: Sandbox, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    secret.chmod(0o666)  # what confines must not be the mode

    found = run(probes, tmp_path / "runs", "files", secret=str(secret), parent=os.getpid())

    assert found == {
        "inside": "allowed",
        "read": "PermissionError",
        "write": "PermissionError",
        "create": "PermissionError",
        "snapshot": "PermissionError",
        "parent": "PermissionError",
        "large": "OSError",
    }
    assert secret.read_text() == "a secret"
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_child_starts_and_signals_no_process(probes: Sandbox, tmp_path: Path):
    found = run(probes, tmp_path, "processes", parent=os.getpid())

    assert found == dict.fromkeys(("fork", "exec", "kill", "zygote"), "PermissionError")


@pytest.mark.parametrize(
    ("probe", "seconds", "kind", "reason"),
    [
        ("memory", 30, OutOfMemory, "needs more memory"),
        ("loop", 0.5, Timeout, "took longer"),
        ("crash", 30, InvalidCheckpoint, "SIGSEGV"),
        ("abort", 30, InvalidCheckpoint, "SIGABRT"),
        ("flood", 30, Unsafe, "more than an evaluation can have to say"),
        ("garbage", 30, Unsafe, "no result"),
        ("fault", 30, Internal, "a fault of ours"),
    ],
)
def test_a_bad_end_has_its_class_and_the_next_run_works(
    probes: Sandbox, tmp_path: Path, probe: str, seconds: float, kind: type[EvaluationFailure], reason: str
):
    with pytest.raises(kind, match=reason):
        run(probes, tmp_path, probe, seconds=seconds)

    assert run(probes, tmp_path, "pid")["pid"] > 0


def test_only_the_end_of_the_log_is_kept(probes: Sandbox, tmp_path: Path):
    assert run(probes, tmp_path, "chatter") == {"said": True}
    with pytest.raises(Internal) as failure:
        run(probes, tmp_path, "fault")
    assert 0 < len(failure.value.log_tail) <= LOG_TAIL
    assert "Traceback" in failure.value.log_tail


def test_a_run_that_nobody_wants_any_more_is_ended(probes: Sandbox, tmp_path: Path):
    stop = threading.Event()

    with pytest.raises(Stopped):
        run(probes, tmp_path, "loop", stop=stop, on_progress=lambda *_: stop.set())

    assert run(probes, tmp_path, "pid")["pid"] > 0


def test_a_killed_zygote_fails_the_run_and_is_started_again(probes: Sandbox, tmp_path: Path):
    zygote = run(probes, tmp_path, "pid")["parent"]

    with pytest.raises(Internal, match="ended unexpectedly"):
        run(probes, tmp_path, "loop", on_progress=lambda *_: os.kill(zygote, signal.SIGKILL))

    assert run(probes, tmp_path, "pid")["parent"] != zygote


def test_nothing_outlives_a_killed_worker(tmp_path: Path):
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from models_app.evaluation.engine.sandbox.client import Sandbox
        from tests.models_app.evaluation_engine.test_sandbox import JOB, run
        sandbox, base = Sandbox(JOB), Path({str(tmp_path)!r})
        print(run(sandbox, base, "pid")["parent"], flush=True)
        run(sandbox, base, "loop", on_progress=lambda *_: print("running", flush=True))
    """)
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    zygote = int(worker.stdout.readline())
    assert worker.stdout.readline() == "running\n"
    (child,) = map(int, Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split())

    worker.kill()
    worker.wait()
    worker.stdout.close()

    assert _gone(zygote)
    assert _gone(child)


def _gone(pid: int) -> bool:
    """Ended within five seconds; a zombie that nobody has reaped yet counts as ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
