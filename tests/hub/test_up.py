import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.hub.embedded_hub import embedded_hub
from tests.running_hub import ROOT

pytestmark = pytest.mark.slow


def _up(data_dir: Path, port: int) -> subprocess.CompletedProcess[str]:
    """An `up` that is expected to be refused."""
    return subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(port), "--no-demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HUB_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_starts_serves_and_stops(tmp_path: Path) -> None:
    with embedded_hub(tmp_path / "hub") as hub:
        hub.wait_until_up()
        with urllib.request.urlopen(f"{hub.url}/healthz", timeout=10) as answer:
            assert json.load(answer) == {"database": "ok", "redis": "ok", "storage": "ok"}
        for address in _addresses(hub.output, hub.url):
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.status == HTTPStatus.OK, address
        assert oct((hub.data_dir / "run" / "evaluator.token").stat().st_mode) == "0o100600"
        assert oct((hub.data_dir / "run").stat().st_mode) == "0o40700"

        second = _up(hub.data_dir, 0)
        assert second.returncode == 1
        assert f"process {hub.process.pid} at {hub.url}" in second.stderr

        assert hub.stop(signal.SIGTERM) == 0
        token = (hub.data_dir / "run" / "evaluator.token").read_text()

    began = time.monotonic()
    with embedded_hub(tmp_path / "hub") as hub:
        hub.wait_until_up()
        print(f"second start: {time.monotonic() - began:.1f} s")  # noqa: T201 (a number to read, not to assert)
        assert "Bringing the database up to date" not in hub.output
        assert "Collecting static files" not in hub.output
        assert (hub.data_dir / "run" / "evaluator.token").read_text() == token
        assert hub.stop(signal.SIGINT) == 0


def test_killed_supervisor_leaves_no_child_and_the_folder_free(tmp_path: Path) -> None:
    with embedded_hub(tmp_path / "hub") as hub:
        hub.wait_until_up()
        deadline = time.monotonic() + 60
        while len(hub.children()) < 4:  # the pages answer before the last worker has begun
            assert time.monotonic() < deadline, hub.output
            time.sleep(0.1)
        assert hub.stop(signal.SIGKILL) == -signal.SIGKILL
        assert hub.children() == []
    with embedded_hub(tmp_path / "hub") as hub:
        hub.wait_until_up()
        assert hub.stop(signal.SIGTERM) == 0


def test_fallen_process_is_reported_and_started_again(tmp_path: Path) -> None:
    with embedded_hub(tmp_path / "hub") as hub:
        hub.wait_until_up()
        masters = [pid for pid in hub.children() if _parent(pid) == hub.process.pid]
        web = next(pid for pid in masters if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(web, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while hub.output.count("Listening at") < 2:
            assert time.monotonic() < deadline, hub.output
            time.sleep(0.1)
        assert "web ended (SIGKILL); starting it again in 1 s." in hub.output


def test_taken_port_is_named_and_nothing_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = _up(tmp_path / "hub", port)
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"CommandError: Port {port} is taken by another program: choose one with PORT={port + 1}."
    )
    assert not (tmp_path / "hub" / "hub.sqlite3").exists()


def _addresses(output: str, url: str) -> list[str]:
    """The addresses that a newcomer is told to open."""
    found = re.findall(rf"{re.escape(url)}/[a-z/]+", output)
    assert f"{url}/join" in found
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
