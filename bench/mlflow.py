"""MLflow's artifact proxy, the yardstick of uploads: in an environment of its own, made on first use."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.running_hub import ROOT, free_port

_HOME = ROOT / ".cache" / "mlflow"
_START_SECONDS = 180


def _python() -> Path:
    """Of MLflow's environment, half-made ones of interrupted runs are made anew.

    Its commands are run as modules: scripts of an environment stop working when its folder moves.
    """
    ready = _HOME / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--clear", _HOME], check=True)
        subprocess.run([_HOME / "bin" / "python", "-m", "pip", "install", "--quiet", "mlflow"], check=True)
        ready.touch()
    return _HOME / "bin" / "python"


def version() -> str:
    done = subprocess.run([_python(), "-m", "mlflow", "--version"], check=True, text=True, capture_output=True)
    return done.stdout.split()[-1]


class MLflow:
    """The ``mlflow`` command of a member in front of a server that passes artifacts on to its own disk."""

    def __init__(self, url: str, env: dict[str, str]) -> None:
        self._env = env | {"MLFLOW_TRACKING_URI": url}
        made = self._run("-c", "import mlflow; print(mlflow.MlflowClient().create_run('0').info.run_id)")
        self._run_id = made.split()[-1]

    def _run(self, *arguments: str | Path) -> str:
        command = [_python(), *arguments]
        return subprocess.run(command, env=self._env, check=True, text=True, capture_output=True).stdout

    def start(self) -> None:
        """What every command does first."""
        self._run("-m", "mlflow", "--version")

    def upload(self, path: Path) -> None:
        self._run("-m", "mlflow", "artifacts", "log-artifact", "--run-id", self._run_id, "--local-file", path)

    def download(self, name: str, target: Path) -> None:
        arguments = ["--run-id", self._run_id, "--artifact-path", name, "--dst-path", target]
        self._run("-m", "mlflow", "artifacts", "download", *arguments)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[MLflow]:
    """``mlflow server --serve-artifacts`` as it comes, on SQLite and local files below `folder`."""
    folder.mkdir()
    port = free_port()
    env = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [_python(), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--serve-artifacts"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, env=env, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(port)
            yield MLflow(f"http://127.0.0.1:{port}", env)
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # it has children
            process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    sys.exit("MLflow's server did not start.")
