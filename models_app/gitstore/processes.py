"""git's own programs as children: a closed environment, limits, and no child that outlives its purpose."""

import logging
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from hub.core import child

log = logging.getLogger(__name__)
PIECE_BYTES = 64 * 1024
SILENCE_SECONDS = 300  # a git that does not say or take anything for so long hangs
_STOP_SECONDS = 3  # for a git that shall end to remove its temporary files
_CPU_SECONDS = 900
_MEMORY_BYTES = 2 * 1024**3  # of its own; mapped packs do not count
_MAX_ERRORS = 2000
_NOBODYS_CONFIG = {
    "safe.directory": "*",  # repositories belong to whoever runs the hub, also where folders changed hands
    "core.hooksPath": os.devnull,
    "core.fsync": "committed,reference",  # as our own writers do (`libgit2`, `loose`)
    "core.bigFileThreshold": "16m",  # larger files are streamed, not held
    "pack.threads": "1",
    "pack.windowMemory": "64m",
    "gc.auto": "0",  # `maintenance` decides
}


class GitProcess:
    """``git ARGUMENT…`` in a process group of its own, whose standard input or output may be a pipe or a file.

    The configuration of the machine and its users means nothing to it. Leave its context and it is gone.
    """

    def __init__(
        self,
        *arguments: str | Path,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        config: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._what = " ".join(map(str, arguments))
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (`stop` closes it)
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 (no shell; arguments are the hub's own)
            # Not `preexec_fn`: it runs Python between fork and exec, and this process has threads.
            [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), "git", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=self._errors,
            env=_environment(config or {}) | dict(env or {}),
            cwd="/",
            pass_fds=pass_fds,
            start_new_session=True,
        )
        with suppress(ProcessLookupError):
            resource.prlimit(self.process.pid, resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
            resource.prlimit(self.process.pid, resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def wait(self, seconds: float) -> int:
        """The exit status of a process that is about to end; it is made to after `seconds`."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.stop()
        return self.process.returncode

    def stop(self) -> None:
        """End the process and its children, if they have not ended; may be called again."""
        if self._errors.closed:
            return
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        # At first no signal: a git to which nobody speaks or listens ends by itself, and clears up best.
        for number in (0, signal.SIGTERM):
            if self.process.poll() is None:
                _signal(self.process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(_STOP_SECONDS)
        _signal(self.process.pid, signal.SIGKILL)  # also what a fallen git has left behind
        self.process.wait()
        self._log_errors()

    def _log_errors(self) -> None:
        """Most failures are the caller's (a connection lost, a pack that is none), so this is for who looks for it."""
        with self._errors as errors:
            if self.process.returncode != 0:
                errors.seek(0)
                text = errors.read(_MAX_ERRORS).decode(errors="replace").strip()
                log.info("git %s ended with %s: %s", self._what, self.process.returncode, text)


def ready(*waits: tuple[int, int], seconds: float = SILENCE_SECONDS) -> dict[int, int]:
    """{descriptor: events} of those (descriptor, events) that came true first, as `select.poll`; {} after `seconds`."""
    poll = select.poll()
    for descriptor, events in waits:
        poll.register(descriptor, events)
    return dict(poll.poll(seconds * 1000))


def _environment(config: Mapping[str, str]) -> dict[str, str]:
    settings = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ADVICE": "0",
    }
    pairs = {**_NOBODYS_CONFIG, **config}
    settings["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return settings


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
