"""The warm process: imports torch, transformers and lm-eval once, then forks a confined child for each run.

Started by `client.Sandbox` as ``python -m models_app.evaluation.engine.sandbox.zygote FD JOB`` with an environment of
constants. FD is its only socket; JOB names the module whose ``prepare(request)`` runs here, before the fork, on trusted
input only, and whose ``perform(request, report)`` runs in the child. No thread pool may start here: a forked child
would wait for threads that it does not have.
"""

import contextlib
import importlib
import json
import logging
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from models_app.evaluation.engine.errors import EvaluationFailure
from models_app.evaluation.engine.sandbox.confinement import CannotConfine, Limits, confine

MAX_MESSAGE = 65536


class Job(Protocol):
    def prepare(self, request: dict[str, Any]) -> None: ...

    def perform(self, request: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]: ...


def serve(connection: socket.socket, job: Job) -> None:
    """Run what the parent asks for, one at a time, until it hangs up."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(connection, MAX_MESSAGE, 2)
        if not message:
            return
        if not descriptors:
            continue  # a call to kill a child that was gone before the call arrived
        request = json.loads(message)
        job.prepare(request)
        zygote = os.getpid()
        child = os.fork()
        if child == 0:
            connection.close()
            _child(job, request | {"zygote": zygote}, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        status = _wait(connection, child)
        with contextlib.suppress(BrokenPipeError):  # the parent is gone, which the next turn finds out
            connection.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())


def _wait(connection: socket.socket, child: int) -> int:
    """The child's wait status. Anything the parent sends meanwhile, also its end, means: kill it."""
    handle = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(connection, select.POLLIN | select.POLLHUP)
        while not any(descriptor == handle for descriptor, _ in poll.poll()):
            os.kill(child, signal.SIGKILL)  # not yet reaped: the number is still the child's
            poll.unregister(connection)
            connection.recv(MAX_MESSAGE)
    finally:
        os.close(handle)
    return os.waitpid(child, 0)[1]


def _child(job: Job, request: dict[str, Any], results: int, logs: int) -> None:
    """Never returns."""
    code = 1
    try:
        zero = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((zero, 0), (logs, 1), (logs, 2)):
            os.dup2(source, target)
        keep = os.dup2(results, 3)
        os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
        with os.fdopen(keep, "w", encoding="utf-8") as output:
            _answer(job, request, lambda line: print(json.dumps(line), file=output, flush=True))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, a child must not go on as a second zygote
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _answer(job: Job, request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> None:
    try:
        readable = [Path(path) for path in (request["snapshot"], *request.get("readable", ()))]
        confine(Path(request["scratch"]), readable, Limits(**request["limits"]))
        if os.getppid() != request["zygote"]:
            return  # it died before this process could ask to die with it
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
        send({"result": job.perform(request, lambda progress: send({"progress": progress}))})
    except EvaluationFailure as failure:
        send({"failure": {"class": failure.failure_class, "reason": failure.reason}})
    except CannotConfine as error:
        send({"failure": {"class": "internal", "reason": str(error)}})
    except MemoryError:
        send({"failure": {"class": "out_of_memory", "reason": "The run needs more memory than it may use."}})


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    job = cast("Job", importlib.import_module(sys.argv[2]))
    connection.send(b"{}")  # ready
    serve(connection, job)


if __name__ == "__main__":
    main()
