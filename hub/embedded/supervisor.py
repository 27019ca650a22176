"""Starts the processes of a hub, passes on what they say, restarts what falls, and stops everything in order."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from hub.core import child
from hub.embedded.logs import Logs
from hub.embedded.services import Service

STOP_SECONDS = 6.0
RESTART_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)  # how long to wait after the first, second, … fall in a row
STEADY_SECONDS = 60.0  # a process that lived this long starts the row anew


class Supervisor:
    """Runs `Service`s in `folder` with `env`. Every child dies with this process, whatever kills it."""

    def __init__(self, folder: Path, env: Mapping[str, str], logs: Logs) -> None:
        self._folder = folder
        self._env = dict(env)
        self._logs = logs
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, service: Service) -> None:
        """Run `service` from now on."""
        self._tasks[service.name] = asyncio.create_task(self._keep(service), name=service.name)

    async def stop(self, *names: str) -> None:
        """Ask these processes to end, all at once; after `STOP_SECONDS` their process groups are killed."""
        stopped = [self._tasks.pop(name) for name in names if name in self._tasks]
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)

    async def _keep(self, service: Service) -> None:
        falls = 0
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            code = await self._run(service)
            if service.once and code == 0:
                return
            falls = 0 if clock() - started > STEADY_SECONDS else falls
            if service.once and falls == len(RESTART_SECONDS):
                self._logs.say("hub", f"{service.name} fell {falls + 1} times: giving it up until the next start.")
                return
            pause = RESTART_SECONDS[min(falls, len(RESTART_SECONDS) - 1)]
            falls += 1
            self._logs.say("hub", f"{service.name} ended ({_ending(code)}); starting it again in {pause:.0f} s.")
            await asyncio.sleep(pause)

    async def _run(self, service: Service) -> int:
        process = await asyncio.create_subprocess_exec(
            *_wrapped(service),
            cwd=self._folder,
            env={**self._env, **service.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops the others in order
        )
        output = asyncio.create_task(self._pass_on(service, process))
        try:
            return await process.wait()
        except asyncio.CancelledError:
            await self._end(process)
            raise
        finally:
            _kill_group(process.pid)  # what a fallen process left behind would also keep its output open
            await output

    async def _pass_on(self, service: Service, process: asyncio.subprocess.Process) -> None:
        """Log the output line by line until the process closes it."""
        rest = b""
        while process.stdout is not None and (data := await process.stdout.read(1 << 16)):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._logs.say(service.name, line.decode(errors="replace").rstrip(), quiet=service.quiet)
        if rest:
            self._logs.say(service.name, rest.decode(errors="replace"), quiet=service.quiet)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _kill_group(process.pid)
            await process.wait()


def _wrapped(service: Service) -> list[str]:
    command = [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *service.command]
    return ["nice", "-n", str(service.nice), *command] if service.nice else command


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name
