"""The parent's side of examining: it hands a child process bytes and a clock, and believes little of what it says."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings

from hub.core.jsondata import TooComplex, storable
from models_app.scanning.rules import SAFETY_LEVELS

MAX_SECONDS = 30  # for one file, on the clock
MAX_READ = 512 * 1024 * 1024  # bytes of one file that the child may ask for
_MAX_LINE = 1024 * 1024
_MAX_TEXT = 200
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
ReadRange = Callable[[int, int], Iterable[bytes]]  # (start, end) → the bytes between


@dataclass(frozen=True)
class Findings:
    """See the fields of `models.Scan`."""

    has_pickle: bool = False
    imports: list[dict[str, str]] = field(default_factory=list)
    problem: str = ""
    secrets: list[dict[str, Any]] = field(default_factory=list)
    examined: bool = True


LIMIT = Findings(problem="limit", examined=False)


class Examiner:
    """A context in which files are examined, by one child process as long as it bears it, else by the next one."""

    def __init__(self, *, seconds: float = MAX_SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def examine(self, read: ReadRange, *, size: int, read_as: str) -> Findings:
        """What is found in a file of `size` bytes. A child that dies or takes too long gives `LIMIT`."""
        child = self._started()
        clock = threading.Timer(self._seconds, child.kill)
        clock.start()
        try:
            return _findings(_dialogue(child, read, {"size": size, "read_as": read_as}))
        except (BrokenPipeError, EOFError, ValueError, KeyError, TypeError):
            self._end()
            return LIMIT
        finally:
            clock.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "models_app.scanning.examiner"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=settings.BASE_DIR,
                env=_ENVIRONMENT,
            )
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            with contextlib.suppress(BrokenPipeError):  # what it was to read is still in the buffer
                self._child.communicate()
            self._child = None


def _dialogue(child: subprocess.Popen[bytes], read: ReadRange, job: dict[str, Any]) -> dict[str, Any]:
    """The child's last word about `job`, after its questions. Raises `EOFError` or `ValueError` without one."""
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(json.dumps(job).encode() + b"\n")
    child.stdin.flush()
    asked = 0
    for word, rest in _lines(child.stdout.readline):
        if word == b"D":
            findings = json.loads(rest)
            return findings if isinstance(findings, dict) else {}
        start, length = (int(number) for number in rest.split())
        asked += length
        if word != b"R" or not 0 <= start <= start + length <= job["size"] or asked > MAX_READ:
            break
        for piece in read(start, start + length):
            child.stdin.write(piece)
        child.stdin.flush()
    raise EOFError


def _lines(readline: Callable[[int], bytes]) -> Iterator[tuple[bytes, bytes]]:
    while line := readline(_MAX_LINE):
        word, _space, rest = line.partition(b" ")
        yield word, rest


def _findings(raw: dict[str, Any]) -> Findings:
    """Raises `ValueError`, `KeyError` or `TypeError` for what the examiner never says."""
    try:
        raw = storable(raw)
    except TooComplex:
        raise ValueError from None
    imports = [{key: str(item[key])[:_MAX_TEXT] for key in ("module", "name", "safety")} for item in raw["imports"]]
    if any(item["safety"] not in SAFETY_LEVELS for item in imports):
        raise ValueError
    return Findings(
        has_pickle=bool(raw["has_pickle"]),
        imports=imports,
        problem=str(raw["problem"]),
        secrets=[{"kind": str(item["kind"])[:_MAX_TEXT], "line": int(item["line"])} for item in raw["secrets"]],
    )
