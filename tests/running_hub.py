"""A real hub in processes of its own, for tests that go through its front door."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from hub.core import child
from hub.embedded import valkey
from hub.settings.sockets import valkey_socket
from tests import migrated

ROOT = Path(__file__).parents[1]
START_SECONDS = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def start(command: list[str], *, env: dict[str, str] | None = None, log: Path) -> subprocess.Popen[bytes]:
    """Start `command` in the project's folder; it dies with this process."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *command],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once something listens on `port`; fails with the log if `process` ends before."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class PrivateValkey:
    """A Valkey that belongs to `data_dir`. It keeps nothing: who starts it again starts an empty one."""

    def __init__(self, data_dir: Path) -> None:
        self._path = valkey_socket(data_dir)
        self._log = self._path.parent / "valkey.log"
        self.url = f"unix://{self._path}"

    def start(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)  # left by a kill
        self._process = start(valkey.server_command(self._path), log=self._log)
        deadline = time.monotonic() + START_SECONDS
        while not self._path.exists():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.01)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        stop(self._process)


@contextlib.contextmanager
def private_valkey(data_dir: Path) -> Iterator[PrivateValkey]:
    server = PrivateValkey(data_dir)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class RunningHub:
    """gunicorn as in production over an empty, migrated data folder.

    `url` is its address without a final slash, `env` the environment that makes `manage.py` and workers part of it,
    `valkey` its broker; `settings` are variables that it gets besides the usual.
    """

    application = "hub.wsgi"

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{free_port()}"
        self.env = os.environ | {
            "HUB_DATA_DIR": str(data_dir),
            "HUB_PUBLIC_URL": self.url,
            "HUB_WEB_WORKERS": "2",
            "HUB_ACCESS_LOG": "1",
            **dict.fromkeys(("HUB_RATE_LIMIT_FILES", "HUB_RATE_LIMIT_API", "HUB_RATE_LIMIT_PAGES"), "0"),
            "HUB_LFS_PART_BYTES": "2000000",  # small files travel in parts too
            "HUB_OUTBOUND_HOSTS": "127.0.0.1",  # receivers and sources of the tests
            "HUB_SECRET_KEY": secrets.token_urlsafe(48),
            "DJANGO_SETTINGS_MODULE": "hub.settings.base",
            **settings,
        }
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.valkey = stack.enter_context(private_valkey(self.data_dir))
            self.env["HUB_REDIS_URL"] = self.valkey.url
            self.env["HUB_DATABASE_URL"] = stack.enter_context(migrated.own_database(self.data_dir))
            migrated.copy_static_files(self.data_dir / "static")
            self._serve(stack)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` on this hub; gives what it prints. A failure shows everything it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def make_member(self, name: str) -> str:
        """A new member `name`; gives a write token."""
        return self.manage("add_member", name, "--token", "write").split()[-1]

    def log(self) -> str:
        """What the web server has said so far."""
        return (self.data_dir / "web.log").read_text()

    @contextlib.contextmanager
    def worker(self, *queues: str, env: Mapping[str, str] = MappingProxyType({})) -> Iterator[subprocess.Popen[bytes]]:
        """A Celery worker of this hub on `queues`, one task at a time, for the time of the context; `env` is added."""
        command = ["celery", "-A", "hub", "worker", "-Q", ",".join(queues), "--pool", "solo", "--loglevel", "info"]
        process = start([sys.executable, "-m", *command], env={**self.env, **env}, log=self.data_dir / "worker.log")
        try:
            yield process
        finally:
            stop(process)

    def _serve(self, stack: contextlib.ExitStack) -> None:
        bind = self.url.removeprefix("http://")
        command = [sys.executable, "-m", "gunicorn", "-c", "python:hub.gunicorn", "--bind", bind, self.application]
        process = start(command, env=self.env, log=self.data_dir / "web.log")
        stack.callback(stop, process)
        wait_for_port(int(bind.rpartition(":")[2]), process, self.data_dir / "web.log")
