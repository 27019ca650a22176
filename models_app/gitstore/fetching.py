"""What ``git clone`` and ``git fetch`` ask over HTTP, answered by git's own upload-pack."""

import os
import select
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from models_app.gitstore.processes import PIECE_BYTES, GitProcess, ready

Service = Literal["upload-pack", "receive-pack"]
_WAIT_SECONDS = 60
_CONFIG = {
    "uploadpack.allowFilter": "true",
    # A partial clone asks for single blobs later. Any commit's files can be read by its sha elsewhere in the hub too.
    "uploadpack.allowAnySHA1InWant": "true",
}


class Output:
    """What a git process says, in pieces, while it says it. `close` ends the process: its reader may go any time."""

    def __init__(self, process: GitProcess) -> None:
        assert process.process.stdout is not None  # noqa: S101 (it was started with a pipe)
        self._process = process
        self._pipe = process.process.stdout.fileno()

    def __iter__(self) -> Iterator[bytes]:
        while ready((self._pipe, select.POLLIN)) and (piece := os.read(self._pipe, PIECE_BYTES)):
            yield piece
        self._process.wait(_WAIT_SECONDS)

    def close(self) -> None:
        self._process.stop()


def advertise(path: Path, service: Service, *, protocol: str) -> bytes:
    """The references of the repository at `path` and what `service` can do, as its clients want to hear it first."""
    process = GitProcess(
        service,
        "--stateless-rpc",
        "--http-backend-info-refs",
        path,
        stdout=subprocess.PIPE,
        config=_CONFIG,
        env={"GIT_PROTOCOL": protocol},
    )
    with process:
        return b"".join(Output(process))


def fetch(path: Path, request: Iterable[bytes], *, protocol: str) -> Output:
    """The answer to what a client asks of ``upload-pack``: references, or a pack of objects.

    The request is read to its end before git starts: git answers while it reads, and so nobody waits for the other.
    """
    with tempfile.TemporaryFile() as question:
        question.writelines(request)
        question.seek(0)
        return Output(
            GitProcess(
                "upload-pack",
                "--stateless-rpc",
                path,
                stdin=question,
                stdout=subprocess.PIPE,
                config=_CONFIG,
                env={"GIT_PROTOCOL": protocol},
            )
        )
