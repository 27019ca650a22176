"""A PostgreSQL of our own: a throw-away cluster on a unix socket, for the time of one test run."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

START_SECONDS = 60
# A cluster that nobody will miss after a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CROWDED = {"max_connections": "200"}


@contextlib.contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of an empty database server, which ends with the context or with this process.

    It does not wait for the disk, unless it shall be as `durable` as in production.
    """
    folder = Path(tempfile.mkdtemp(prefix="leyuan-postgres-"))
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        _as_owner("initdb", "--pgdata", str(data), "--username", "leyuan", "--auth", "trust", "--encoding", "UTF8",
                  "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        with _server(folder, data, CROWDED if durable else CROWDED | FAST):
            yield f"postgres://leyuan@/leyuan?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(folder: Path, data: Path, settings: Mapping[str, str]) -> Iterator[None]:
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = _owner_command("postgres", "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", *options)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (data / "postmaster.pid").exists() or "ready" not in (data / "postmaster.pid").read_text():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        process.wait()


def _as_owner(*command: str) -> None:
    subprocess.run(_owner_command(*command), cwd="/", check=True, stdout=subprocess.DEVNULL)


def _owner_command(program: str, *arguments: str) -> list[str]:
    """The newest installed `program` by its absolute path: what PATH calls so may be a wrapper."""
    programs = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    newest = max(programs, key=lambda path: int(path.parts[4]))
    command = ["setpriv", "--pdeathsig", "KILL"]
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        command += ["--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--init-groups"]
    return [*command, str(newest), *arguments]
