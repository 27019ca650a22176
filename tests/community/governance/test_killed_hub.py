"""A whole hub, killed with its supervisor while it counts a vote and while it carries it out, and started again."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import pytest

from tests.hub.embedded_hub import EmbeddedHub, embedded_hub
from tests.running_hub import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
VOTERS = 10_000
State = tuple[str, int, int, int, int]


def program(data_dir: Path, *words: str) -> str:
    """What ``python …`` says about the hub in `data_dir`."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
    environment = keep | {"HUB_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "hub.settings.base"}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state_in(data_dir: Path) -> State:
    """The proposal's state, and how many links, ballots, voters and published pages there are."""
    tables = ("ballotlink", "ballot", "participation", "publishedpage")
    numbers = ", ".join(f"(SELECT count(*) FROM community_{table})" for table in tables)  # noqa: S608 (these four)
    with contextlib.closing(sqlite3.connect(data_dir / "hub.sqlite3", timeout=20)) as database:
        found: State = database.execute(f"SELECT state, {numbers} FROM community_proposal").fetchone()  # noqa: S608
    return found


def is_written_to(data_dir: Path) -> bool:
    with contextlib.closing(sqlite3.connect(data_dir / "hub.sqlite3", timeout=0, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        database.execute("ROLLBACK")
        return False


def look(hub: EmbeddedHub) -> Thread:
    """Somebody opens the page that lets time go on; the answer may never come."""

    def ask() -> None:
        with contextlib.suppress(OSError, HTTPException), urllib.request.urlopen(f"{hub.url}/governance", timeout=60):
            pass

    thread = Thread(target=ask)
    thread.start()
    return thread


def kill_when_it_writes(hub: EmbeddedHub) -> None:
    visitor = look(hub)
    deadline = time.monotonic() + 30
    while not is_written_to(hub.data_dir):
        assert time.monotonic() < deadline, hub.output
    assert hub.stop(signal.SIGKILL) == -signal.SIGKILL
    visitor.join()


def test_what_a_killed_hub_began_is_done_whole_by_the_next_one(tmp_path: Path) -> None:
    data_dir = tmp_path / "hub"
    data_dir.mkdir()
    program(data_dir, "-m", "tests.community.governance.due_vote", str(VOTERS))
    states: list[State] = [("voting", VOTERS, VOTERS, VOTERS, 0)]
    assert state_in(data_dir) == states[0]
    for after in (("passed", 0, VOTERS, VOTERS, 0), ("enacted", 0, VOTERS, VOTERS, 1)):
        with embedded_hub(data_dir) as hub:
            hub.wait_until_up()
            program(data_dir, "-m", "tests.community.governance.due_vote", "end")
            kill_when_it_writes(hub)
        assert state_in(data_dir) in {states[-1], after}
        with embedded_hub(data_dir) as hub:
            hub.wait_until_up()
            look(hub).join()
            assert state_in(data_dir) == after
            assert hub.stop(signal.SIGTERM) == 0
        states.append(after)
    assert program(data_dir, "manage.py", "verify_governance")
