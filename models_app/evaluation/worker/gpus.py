"""One process for each GPU: each sees its own alone, so none waits for another."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import FrameType

from hub.core import child
from models_app.evaluation.engine.sandbox.confinement import PROJECT


def visible_gpus(env: Mapping[str, str], devices: Path = Path("/dev")) -> list[str]:
    """The GPUs that torch would use, as CUDA_VISIBLE_DEVICES names them: found without loading torch."""
    if "CUDA_VISIBLE_DEVICES" in env:
        return [name.strip() for name in env["CUDA_VISIBLE_DEVICES"].split(",") if name.strip() not in {"", "-1"}]
    if metadata.version("torch").endswith("+cpu"):
        return []
    return sorted((path.name.removeprefix("nvidia") for path in devices.glob("nvidia[0-9]*")), key=int)


def own_environment(gpu: str, of: Sequence[str], *, name: str, threads: int) -> dict[str, str]:
    """What a process that shall see `gpu` alone is given: a name of its own, its share of the machine's `threads`."""
    return {
        "CUDA_VISIBLE_DEVICES": gpu,
        "HUB_EVALUATION_NAME": f"{name}-gpu{gpu}",
        "HUB_EVALUATION_THREADS": str(max(1, threads // len(of))),
    }


def serve_each(gpus: Sequence[str], command: Sequence[str], env: Mapping[str, str], *, name: str, threads: int) -> int:
    """Run `command` once for each of `gpus` until all have ended; signals are passed on. Gives the worst exit code.

    The processes are called ``name-gpu0``, ``name-gpu1``, …
    """
    processes = [_start(command, {**env, **own_environment(gpu, gpus, name=name, threads=threads)}) for gpu in gpus]

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for process in processes:
            process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    return max(abs(process.wait()) for process in processes)


def _start(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), *command],
        cwd=PROJECT,
        env=dict(env),
        start_new_session=True,  # Ctrl-C reaches this process alone, which passes it on
    )
