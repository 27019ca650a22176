"""A worker that is killed in the middle of a scan leaves no process behind and no file unscanned."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.clients import CURRENT, Client
from tests.running_hub import RunningHub

pytestmark = [pytest.mark.slow, pytest.mark.contract]

UPLOAD = """
api.create_repo("dina/slow")
slow = b"\\x80\\x02" + b"N0" * 900_000 + b"N."
api.create_commit("dina/slow", [CommitOperationAdd("slow.pkl", slow)], commit_message="Slow")
result = None
"""
STATUS = "result = api.model_info('dina/slow', securityStatus=True).security_repo_status"
# As after the five minutes in which the dead worker is waited for, and the next look of beat.
LATER = """
from django.utils import timezone
from models_app.scanning.models import Scan
from models_app.scanning.tasks import look_again
print(Scan.objects.filter(status="queued", claimed_until__isnull=False).update(claimed_until=timezone.now()))
look_again()
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children_of(pid: int) -> Iterator[int]:
    """Processes that examine files for process `pid`."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"models_app.scanning.examiner" in command:
            yield int(folder.name)


def test_a_killed_worker(hub_server: RunningHub, tmp_path: Path) -> None:
    token = hub_server.make_member("dina")
    dina = Client(CURRENT, hub_server.url, token, tmp_path)
    with hub_server.worker("default") as worker:
        dina.python(UPLOAD)
        wait_for(lambda: any(children_of(worker.pid)))
        (examiner,) = children_of(worker.pid)
        worker.kill()
        worker.wait()
    wait_for(lambda: not os.path.exists(f"/proc/{examiner}"))  # noqa: PTH110 (the shortest question)
    assert dina.python(STATUS)["scansDone"] is False

    assert hub_server.manage("shell", "--verbosity", "0", "-c", LATER) == "1\n"
    with hub_server.worker("default"):
        wait_for(lambda: dina.python(STATUS)["scansDone"])
