"""A job for the real sandbox that tries what a hostile checkpoint might. Runs in the confined child."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Report = Callable[[dict[str, Any]], None]


def prepare(_request: dict[str, Any]) -> None:
    """Nothing to do before the fork."""


def perform(request: dict[str, Any], report: Report) -> dict[str, Any]:
    report({"stage": request["probe"], "task": "", "done": 0, "total": 1})
    probe: Callable[[dict[str, Any]], dict[str, Any]] = PROBES[request["probe"]]
    return probe(request)


def _tried(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "allowed"


def environment(_request: dict[str, Any]) -> dict[str, Any]:
    try:
        initial = Path("/proc/self/environ").read_bytes().decode()
    except PermissionError:  # a process that changed its user may not even look into itself
        initial = ""
    return {
        "environ": dict(os.environ),
        "initial": initial,
        "descriptors": [number for number in range(100) if _tried(lambda number=number: os.fstat(number)) == "allowed"],
        "cwd": str(Path.cwd()),
        "uid": os.getuid(),
        "django": "django" in sys.modules,
    }


def network(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "tcp": _tried(lambda: socket.create_connection(("127.0.0.1", request["port"]), timeout=1)),
        "udp": _tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "unix": _tried(lambda: socket.socket(socket.AF_UNIX)),
    }


def files(request: dict[str, Any]) -> dict[str, Any]:
    inside = Path("mine.txt")
    inside.write_text("allowed")
    return {
        "inside": inside.read_text(),
        "read": _tried(lambda: Path(request["secret"]).read_bytes()),
        "write": _tried(lambda: Path(request["secret"]).write_bytes(b"spoilt")),
        "create": _tried(lambda: Path("/tmp/leyuan-probe").write_bytes(b"")),  # noqa: S108
        "snapshot": _tried(lambda: (Path(request["snapshot"]) / "new").write_bytes(b"")),
        "parent": _tried(lambda: Path(f"/proc/{request['parent']}/environ").read_bytes()),
        "large": _tried(lambda: Path("large").write_bytes(bytes(65 * 2**20))),
    }


def processes(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "fork": _tried(os.fork),
        "exec": _tried(lambda: subprocess.run(["/bin/true"], check=False)),
        "kill": _tried(lambda: os.kill(request["parent"], signal.SIGTERM)),
        "zygote": _tried(lambda: os.kill(os.getppid(), signal.SIGKILL)),
    }


def memory(_request: dict[str, Any]) -> dict[str, Any]:
    return {"size": len(bytearray(2**40))}


def loop(_request: dict[str, Any]) -> dict[str, Any]:
    while True:
        time.sleep(0.01)


def crash(_request: dict[str, Any]) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def abort(_request: dict[str, Any]) -> dict[str, Any]:
    os.abort()


def flood(_request: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x" * (40 * 2**20)}


def chatter(_request: dict[str, Any]) -> dict[str, Any]:
    for _ in range(100):
        sys.stdout.write("y" * 100_000)
    return {"said": True}


def garbage(_request: dict[str, Any]) -> dict[str, Any]:
    os.write(3, b"this is no JSON\n")
    return {}


def fault(_request: dict[str, Any]) -> dict[str, Any]:
    raise KeyError("a fault of ours")


def pid(_request: dict[str, Any]) -> dict[str, Any]:
    return {"pid": os.getpid(), "parent": os.getppid()}


PROBES = {
    function.__name__: function
    for function in (
        environment,
        network,
        files,
        processes,
        memory,
        loop,
        crash,
        abort,
        flood,
        chatter,
        garbage,
        fault,
        pid,
    )
}
