"""What an evaluation worker reads from its environment (docs/evaluation.md)."""

import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hub.settings import env

_MEMORY_SHARE = 0.75  # of the machine's, where one worker has it to itself
_MAX_DOWNLOAD = 64 * 2**30


def machine_memory() -> int:
    """Bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(frozen=True)
class WorkerSettings:
    """`hub_url` without a final slash; `folder` holds one scratch folder a run; sizes in bytes."""

    hub_url: str
    token: str
    name: str
    folder: Path
    memory_bytes: int
    download_bytes: int
    threads: int
    texts_only: bool = False  # it takes texts whose attention is asked for, and no run

    @classmethod
    def from_environment(cls, *, token: str | None = None) -> "WorkerSettings":
        """With `token` instead of the variable's. Raises `ImproperlyConfigured` with a sentence when one is wrong."""
        public = env.text("HUB_PUBLIC_URL", "http://127.0.0.1:8000")
        default_folder = f"{tempfile.gettempdir()}/leyuan-evaluation-{os.geteuid()}"
        return cls(
            hub_url=env.text("HUB_EVALUATION_URL", public).strip().rstrip("/"),
            token=env.text("HUB_EVALUATION_TOKEN") if token is None else token,
            name=env.text("HUB_EVALUATION_NAME", socket.gethostname())[:120],
            folder=Path(env.text("HUB_EVALUATION_DIR", default_folder)),
            memory_bytes=env.integer("HUB_EVALUATION_MEMORY_BYTES", int(_MEMORY_SHARE * machine_memory())),
            download_bytes=env.integer("HUB_EVALUATION_DOWNLOAD_BYTES", _MAX_DOWNLOAD),
            threads=env.integer("HUB_EVALUATION_THREADS", len(os.sched_getaffinity(0))),
            texts_only=env.flag("HUB_EVALUATION_TEXTS_ONLY", default=False),
        )
