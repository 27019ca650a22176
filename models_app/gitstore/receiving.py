"""What ``git push`` sends over HTTP, taken in by git's own receive-pack, which waits for our word before it lands.

The objects lie in a quarantine that git made; its pre-receive hook (`hooks`) asks here, through two pipes. So the
members, the rules and the locks of this process decide, and git does what git does best.
"""

import os
import select
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pygit2

from models_app.gitstore.locks import writing
from models_app.gitstore.processes import PIECE_BYTES, GitProcess, ready
from models_app.gitstore.repository import GitRepository

MAX_PUSH_BYTES = 2 * 1024**3
_MAX_QUESTION = 1024 * 1024  # bytes: some ten thousand references
_ENDING_SECONDS = 120  # for git to move a few files and references
_NOTHING = "0" * 40
_HOOK = Path(__file__).parent / "hooks" / "pre-receive"
_CONFIG = {
    "core.hooksPath": str(_HOOK.parent),
    "receive.fsckObjects": "true",
    "receive.maxInputSize": str(MAX_PUSH_BYTES),
    "receive.autogc": "false",
}


@dataclass(frozen=True)
class Update:
    """A reference that shall move from `old` to `new`: object ids, None where there is or shall be none."""

    reference: str
    old: str | None
    new: str | None


class Push:
    """A push that has arrived in full. Nobody else can see anything of it yet: `accept` or `refuse` it, once.

    `updates` is empty if git has nothing to ask, because it refused everything itself. `complete` tells whether these
    are all that was asked for. `git` is the repository with the new objects.
    """

    def __init__(self, path: Path, process: GitProcess, answer: IO[bytes], question: bytes) -> None:
        self._process = process
        self._answer = answer
        self.complete = len(question) <= _MAX_QUESTION
        quarantine, *lines = question[:_MAX_QUESTION].decode(errors="surrogateescape").split("\n")
        self.updates = [_update(line) for line in lines if line] if self.complete else []
        self.git = GitRepository(path, more_objects=Path(quarantine) if quarantine else None)

    def accept(self) -> None:
        """Let git move the references, while no other writer of the repository does; returns when it has ended.

        Each reference moves only if it still is where the pusher saw it. What became of each stands in git's report.
        """
        with writing(pygit2.Repository(str(self.git.path)), *(update.reference for update in self.updates)):
            self._say("yes\n")

    def refuse(self, sentence: str) -> None:
        """Let git drop everything; the pusher reads `sentence`."""
        self._say(f"no\n{sentence}\n")

    def _say(self, text: str) -> None:
        with suppress(BrokenPipeError):  # git was killed
            self._answer.write(text.encode())
            self._answer.close()
        self._process.wait(_ENDING_SECONDS)


def _update(line: str) -> Update:
    old, new, reference = line.split(" ", 2)
    return Update(reference, old=None if old == _NOTHING else old, new=None if new == _NOTHING else new)


@contextmanager
def receive(path: Path, body: Iterable[bytes], report: IO[bytes], *, protocol: str) -> Iterator[Push]:
    """Take in the push `body`. What git has to say to its sender stands in the file `report` afterwards.

    A push that is left without `accept`, also by an exception of `body`, has changed nothing.
    """
    if not os.access(_HOOK, os.X_OK):  # git would pass it over, and ask nobody
        raise PermissionError(f"{_HOOK} must be executable.")
    (question_out, question_in), (answer_out, answer_in) = os.pipe(), os.pipe()
    with os.fdopen(question_out, "rb", 0) as question, os.fdopen(answer_in, "wb", 0) as answer:
        try:
            process = GitProcess(
                "receive-pack",
                "--stateless-rpc",
                path,
                stdin=subprocess.PIPE,
                stdout=report,
                config=_CONFIG,
                env={"GIT_PROTOCOL": protocol, "HUB_QUESTION": str(question_in), "HUB_ANSWER": str(answer_out)},
                pass_fds=(question_in, answer_out),
            )
        finally:
            os.close(question_in)
            os.close(answer_out)
        with process:
            _feed(process, body, question.fileno())
            yield Push(path, process, answer, _asked(question.fileno()))
            answer.close()  # without an answer the hook refuses
            process.wait(_ENDING_SECONDS)
    report.seek(0)


def _feed(process: GitProcess, body: Iterable[bytes], question: int) -> None:
    """Hand on `body` as long as git takes it, and read it to its end: clients listen only after they have sent all."""
    stdin = process.process.stdin
    assert stdin is not None  # noqa: S101 (it was started with a pipe)
    pipe = stdin.fileno()
    os.set_blocking(pipe, False)
    for piece in body:
        rest = memoryview(piece)
        with suppress(BrokenPipeError):
            while rest and _is_hungry(pipe, question):
                rest = rest[os.write(pipe, rest) :]
    stdin.close()


def _is_hungry(pipe: int, question: int) -> bool:
    """Wait until git takes more (True), or asks its question, ends or hangs (False)."""
    return ready((pipe, select.POLLOUT), (question, select.POLLIN)) == {pipe: select.POLLOUT}


def _asked(question: int) -> bytes:
    """What the hook asks: the quarantine's path, then ``old new reference`` for each update, a line each.

    Empty if git has ended without a question. Of what is longer than `_MAX_QUESTION`, something longer than that.
    """
    asked = b""
    while not asked.endswith(b"\n\n"):
        piece = os.read(question, PIECE_BYTES) if ready((question, select.POLLIN)) else b""
        if not piece:
            return b""
        asked = asked[:_MAX_QUESTION] + (asked + piece)[min(len(asked), _MAX_QUESTION) :][-PIECE_BYTES:]
    return asked
