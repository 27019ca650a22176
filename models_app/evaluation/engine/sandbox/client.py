"""The side that asks for runs: starts the zygote, hands it requests, watches the clock, believes nothing it reads."""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models_app.evaluation.engine.errors import (
    BY_CLASS,
    EvaluationFailure,
    Internal,
    InvalidCheckpoint,
    OutOfMemory,
    Timeout,
    Unsafe,
)
from models_app.evaluation.engine.sandbox.confinement import PROJECT

OnProgress = Callable[[dict[str, Any], str], None]  # (progress, log tail)
MAX_OUTPUT = 32 * 2**20  # bytes that one child may report
LOG_TAIL = 16_000  # characters that are kept of what it prints
_START_SECONDS = 120
_POLL_SECONDS = 0.25
# All that a zygote and its children see of an environment.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HOME": "/nonexistent",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",  # its thread pool does not survive a fork
    "OPENBLAS_NUM_THREADS": "1",  # nor does this one, which starts at import
    "OMP_WAIT_POLICY": "PASSIVE",  # on a busy machine, threads that wait by spinning keep the others from working
    "TQDM_DISABLE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
}
_PASSED_ON = ("CUDA_VISIBLE_DEVICES",)


class Stopped(Exception):
    """The caller's `stop` was set: the child is gone, and nobody wants its result."""


@dataclass
class Sandbox:
    """A warm zygote for one kind of job (a module, see `zygote`). Not thread-safe: one run at a time."""

    job: str
    _process: subprocess.Popen[bytes] | None = None
    _connection: socket.socket | None = None

    def run(
        self,
        request: dict[str, Any],
        *,
        seconds: float,
        stop: threading.Event,
        on_progress: OnProgress,
    ) -> dict[str, Any]:
        """The result of the job in a fresh child. `request` holds ``scratch``, ``snapshot``, ``limits`` and its own,
        and may name more folders in ``readable``.

        ``on_progress(progress, log_tail)`` is called as the child reports. Raises an `EvaluationFailure` (with the log
        tail as ``log_tail``) or `Stopped`; the sandbox stays usable after both.
        """
        connection = self._started()
        results, results_end = os.pipe()
        logs, logs_end = os.pipe()
        try:
            message = json.dumps(request).encode()
            socket.send_fds(connection, [message], [results_end, logs_end])
        finally:
            os.close(results_end)
            os.close(logs_end)
        watch = _Watch(connection, results, logs, time.monotonic() + seconds, stop, on_progress)
        try:
            return watch.outcome()
        except BrokenPipeError:
            self.close()
            raise Internal("The evaluation process ended unexpectedly. Try again.") from None
        finally:
            os.close(results)
            os.close(logs)

    def close(self) -> None:
        """End the zygote and whatever it runs."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> socket.socket:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "models_app.evaluation.engine.sandbox.zygote", str(theirs.fileno()), self.job],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=PROJECT,
                env=ENVIRONMENT | {name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                start_new_session=True,  # Ctrl-C is for the worker: the zygote ends when its socket closes
            )
        self._connection = ours
        ours.settimeout(_START_SECONDS)
        if not ours.recv(64):
            self.close()
            raise Internal("The evaluation process does not start: ask the operator to look at the worker's log.")
        return ours


@dataclass
class _Watch:
    """Follows one child until it is gone. `results` and `logs` are the ends of its pipes."""

    connection: socket.socket
    results: int
    logs: int
    deadline: float
    stop: threading.Event
    on_progress: OnProgress
    output: bytearray = field(default_factory=bytearray)
    log: bytearray = field(default_factory=bytearray)
    received: int = 0
    result: dict[str, Any] | None = None
    failure: EvaluationFailure | None = None
    killed: bool = False
    status: int | None = None

    def outcome(self) -> dict[str, Any]:
        with selectors.DefaultSelector() as selector:
            for source, action in (
                (self.results, self._read_results),
                (self.logs, self._read_logs),
                (self.connection, self._read_status),
            ):
                selector.register(source, selectors.EVENT_READ, action)
            while self.status is None or len(selector.get_map()) > 1:
                self._watch_limits()
                for key, _ in selector.select(_POLL_SECONDS):
                    if not key.data():
                        selector.unregister(key.fileobj)
        if self.stop.is_set():
            raise Stopped
        failure = self.failure or self._explain()
        if failure is not None:
            failure.log_tail = self.log_tail
            raise failure
        return self.result or {}

    @property
    def log_tail(self) -> str:
        return self.log.decode(errors="replace")[-LOG_TAIL:]

    def _watch_limits(self) -> None:
        if self.stop.is_set():
            self._kill()
        elif time.monotonic() > self.deadline and not self.killed:
            self._fail(Timeout("The evaluation took longer than it may: a smaller checkpoint or a GPU is needed."))

    def _read_results(self) -> bool:
        chunk = os.read(self.results, 65536)
        self.received += len(chunk)
        self.output += chunk
        if self.received > MAX_OUTPUT:
            self._fail(Unsafe("The run reported more than an evaluation can have to say."))
            self.output.clear()
        while b"\n" in self.output and self.failure is None:
            line, _, rest = self.output.partition(b"\n")
            self.output = bytearray(rest)
            self._take(line)
        return bool(chunk)

    def _take(self, line: bytes | bytearray) -> None:
        try:
            message = json.loads(line)
            if "progress" in message:
                self.on_progress(dict(message["progress"]), self.log_tail)
            elif "failure" in message:
                self.failure = BY_CLASS[message["failure"]["class"]](str(message["failure"]["reason"])[:2000])
            else:
                self.result = dict(message["result"])
        except (ValueError, TypeError, KeyError, RecursionError):
            self._fail(Unsafe("The run reported something that is no result."))

    def _read_logs(self) -> bool:
        chunk = os.read(self.logs, 65536)
        self.log += chunk
        del self.log[: -4 * LOG_TAIL]
        return bool(chunk)

    def _read_status(self) -> bool:
        message = self.connection.recv(64)
        if not message:
            raise BrokenPipeError
        self.status = int(json.loads(message)["status"])
        return False

    def _fail(self, failure: EvaluationFailure) -> None:
        self.failure = failure
        self._kill()

    def _kill(self) -> None:
        if not self.killed and self.status is None:
            self.killed = True
            self.connection.send(b"{}")

    def _explain(self) -> EvaluationFailure | None:
        """Why a child that said nothing is gone."""
        status = self.status or 0
        if status == 0 and self.result is not None:
            return None
        if status == -signal.SIGXCPU:
            return Timeout("The evaluation used more processor time than it may.")
        if status == -signal.SIGKILL:
            return OutOfMemory("The system ended the evaluation, most likely because memory ran out.")
        if status == -signal.SIGABRT and ("alloc" in self.log_tail):
            return OutOfMemory("The run needs more memory than it may use.")
        if status < 0:
            name = signal.Signals(-status).name
            return InvalidCheckpoint(f"Reading the checkpoint made the program crash ({name}): its files are broken.")
        lines = self.log_tail.strip().splitlines() or ["no message"]
        return Internal(f"The evaluation failed unexpectedly: {lines[-1][:300]}")
