"""What every hub begins with, made once per test run: a migrated database and the collected static files.

Migrating takes seconds, copying milliseconds.
"""

import atexit
import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
_FOLDER = "HUB_TEST_MIGRATED"  # pytest-xdist's workers inherit it, and share what the first of them makes


def begin() -> None:
    """Called by the process that starts the others, which may make nothing that outlasts them."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="leyuan-migrated-")
        atexit.register(_remove)


def migrated() -> str:
    """A database to copy from: SQLite's file, or its name on the server of HUB_TEST_DATABASE."""
    name = str(_folder() / "hub.sqlite3") if not _server() else f"leyuan_{_folder().name}"
    with _once("migrated") as is_missing:
        if is_missing and _server():
            _on_server(f'CREATE DATABASE "{name}"')
        if is_missing:
            _manage("migrate", database=_url(name))
    return name


def copy_static_files(target: Path) -> None:
    with _once("collected") as is_missing:
        if is_missing:
            _manage("collectstatic", "--noinput", database="sqlite://")
    shutil.copytree(_folder() / "static", target)


@contextlib.contextmanager
def own_database(data_dir: Path) -> Iterator[str]:
    """The URL of a migrated database for `data_dir` alone, of the kind that HUB_TEST_DATABASE names."""
    if not _server():
        yield _url(shutil.copyfile(migrated(), str(data_dir / "hub.sqlite3")))
        return
    name = f"leyuan_hub_{secrets.token_hex(6)}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{migrated()}"')
    try:
        yield _url(name)
    finally:
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _server() -> str:
    return os.environ.get("HUB_TEST_DATABASE", "")


def _on_server(statement: str) -> None:
    with psycopg.connect(_server(), dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # names that were made here


def _url(name: str) -> str:
    if not _server():
        return f"sqlite:///{name}"
    base, _, query = _server().partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _folder() -> Path:
    begin()
    return Path(os.environ[_FOLDER])


def _remove() -> None:
    if _server():
        with contextlib.suppress(psycopg.OperationalError):  # the server may have ended, and all that it had
            _on_server(f'DROP DATABASE IF EXISTS "leyuan_{_folder().name}" WITH (FORCE)')
    shutil.rmtree(_folder(), ignore_errors=True)


@contextlib.contextmanager
def _once(name: str) -> Iterator[bool]:
    """Whether `name` is still to be made: true for the first of the run, for whom all others wait."""
    done = _folder() / f"{name}.done"
    with (_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _manage(*arguments: str, database: str) -> None:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    hub = {"HUB_DATA_DIR": str(_folder()), "HUB_DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "hub.settings.base"}
    command = [sys.executable, "manage.py", *arguments, "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=keep | hub, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
