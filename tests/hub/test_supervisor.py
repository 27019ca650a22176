import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hub.embedded import supervisor as module
from hub.embedded.logs import Logs
from hub.embedded.services import Service
from hub.embedded.supervisor import Supervisor

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    print(os.getpid(), flush=True)
while True:
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    monkeypatch.setattr(module, "RESTART_SECONDS", (0.01, 0.01))


def _python(name: str, code: str, *, once: bool = False, quiet: bool = False) -> Service:
    return Service(name, [sys.executable, "-c", code], once=once, quiet=quiet)


def _run(folder: Path, scene: Callable[[Supervisor], Awaitable[None]]) -> None:
    async def play() -> None:
        logs = Logs(folder)
        supervisor = Supervisor(folder, os.environ, logs)
        try:
            await scene(supervisor)
        finally:
            await supervisor.stop("web", "demo", "valkey")
            logs.close()

    asyncio.run(play())


def _said(folder: Path, name: str) -> list[str]:
    """The lines of a log file without their times."""
    return [line.split(" ", 2)[2] for line in (folder / f"{name}.log").read_text().splitlines()]


async def _until(folder: Path, name: str, count: int) -> list[str]:
    deadline = time.monotonic() + 20
    while True:
        lines = _said(folder, name) if (folder / f"{name}.log").exists() else []
        if len(lines) >= count:
            return lines
        assert time.monotonic() < deadline, lines
        await asyncio.sleep(0.02)


def _alive_in_group(leader: int) -> list[str]:
    """The processes of the group that still run; the dead whom nobody has asked for yet do not count."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _parent, group = path.read_text().rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                alive.append(path.parent.name)
    return alive


def test_output_is_passed_on_whole_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(_python("web", "print('one\\ntwo', end='')", once=True))
        supervisor.start(_python("valkey", "print('three')", once=True, quiet=True))
        await _until(tmp_path, "web", 2)
        await _until(tmp_path, "valkey", 1)

    _run(tmp_path, scene)
    assert _said(tmp_path, "web") == ["one", "two"]
    assert _said(tmp_path, "valkey") == ["three"]
    assert capsys.readouterr().out == "web        │ one\nweb        │ two\n"


def test_fallen_process_comes_back_and_one_job_is_given_up(tmp_path: Path) -> None:
    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(_python("demo", "raise SystemExit(3)", once=True))
        await _until(tmp_path, "hub", 3)

    _run(tmp_path, scene)
    assert _said(tmp_path, "hub") == [
        "demo ended (exit code 3); starting it again in 0 s.",
        "demo ended (exit code 3); starting it again in 0 s.",
        "demo fell 3 times: giving it up until the next start.",
    ]


def test_process_that_will_not_stop_is_killed_with_its_children(tmp_path: Path) -> None:
    async def scene(supervisor: Supervisor) -> None:
        supervisor.start(_python("web", STUBBORN))
        (line,) = await _until(tmp_path, "web", 1)
        began = time.monotonic()
        await supervisor.stop("web")
        assert 0.3 <= time.monotonic() - began < 5
        assert _alive_in_group(int(line)) == []

    _run(tmp_path, scene)
