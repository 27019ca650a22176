"""A hub started the newcomer's way, ``manage.py up``, and what is left of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running_hub import ROOT, free_port

START_SECONDS = 90
STOP_SECONDS = 15


@dataclass
class EmbeddedHub:
    process: subprocess.Popen[bytes]
    data_dir: Path
    url: str

    @property
    def output(self) -> str:
        return (self.data_dir / "up.log").read_text()

    def children(self) -> list[int]:
        """The processes that carry this hub's data folder in their environment, apart from the supervisor."""
        marker = f"HUB_DATA_DIR={self.data_dir}".encode()
        return [pid for pid in _processes() if pid != self.process.pid and marker in _environment(pid).split(b"\0")]

    def wait_until_up(self) -> None:
        _wait(lambda: "The hub is up" in self.output, START_SECONDS, lambda: self.output, self.process)

    def stop(self, number: signal.Signals) -> int:
        """Send a signal; gives the exit code and leaves time for children to go."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=STOP_SECONDS)
        _wait(lambda: not self.children(), STOP_SECONDS, lambda: f"left: {self.children()}")
        return code


@contextmanager
def embedded_hub(data_dir: Path) -> Iterator[EmbeddedHub]:
    data_dir.mkdir(exist_ok=True)
    port = free_port()
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
    with (data_dir / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--no-demo"],
            cwd=ROOT,
            env=keep | {"HUB_DATA_DIR": str(data_dir)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    hub = EmbeddedHub(process, data_dir, f"http://127.0.0.1:{port}")
    try:
        yield hub
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # gone, or somebody else's
        return b""


def _wait(
    ready: Callable[[], bool],
    seconds: float,
    describe: Callable[[], str],
    process: subprocess.Popen[bytes] | None = None,
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert process is None or process.poll() is None, describe()
        assert time.monotonic() < deadline, describe()
        time.sleep(0.05)
