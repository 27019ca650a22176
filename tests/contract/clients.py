"""The Hub's own clients, each version in an environment of its own under ``.cache/clients``."""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.running_hub import ROOT

CACHE = ROOT / ".cache" / "clients"
CURRENT = "2.4"  # the version that the project itself has installed
VERSIONS = ("0.36", "1.19", "1.33", "2.0", CURRENT)
LFS = {"HF_HUB_DISABLE_XET": "1"}
_OFTEN = {"0.36", "1.19", CURRENT}  # the others are part of the slow tests
ASKING = ("0.36", "1.19")  # how to upload, in a batch of git-lfs; the others find Xet or LFS by themselves
# Every version as it comes, and without Xet.
WAYS = [
    pytest.param(
        version,
        extra,
        id=f"{version}-{'lfs' if extra else 'xet'}",
        marks=[] if version in _OFTEN else [pytest.mark.slow],
    )
    for version in VERSIONS
    for extra in ({}, LFS)
]

_PROGRAM = """\
import json
from huggingface_hub import *
from huggingface_hub.errors import *
api = HfApi()
globals().update(json.loads({values!r}))
{script}
print("RESULT", json.dumps(result))
"""


def python_of(version: str) -> Path:
    """The interpreter that has huggingface_hub `version`; its environment is made on first use.

    ``1.33+1.6.0`` has that version of hf_xet too, else the newest.
    """
    if version == CURRENT:
        return Path(sys.executable)
    python = CACHE / f"huggingface-hub-{version}" / "bin" / "python"
    ready = python.parents[1] / "ready"
    hub, _, xet = version.partition("+")
    packages = [f"huggingface_hub=={hub}.*", *([f"hf_xet=={xet}"] if xet else [])]
    with _only_one(version):
        if not ready.exists():
            subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--clear", python.parents[1]], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
            ready.touch()
    return python


@contextlib.contextmanager
def _only_one(version: str) -> Iterator[None]:
    """Two workers of xdist must not build one environment at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Client:
    """A member's machine: one version of the client, a token, and caches that nobody else uses."""

    version: str
    endpoint: str
    token: str
    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUB_"))}
        return inherited | {
            "HF_ENDPOINT": self.endpoint,
            "HF_TOKEN": self.token,
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_XET_TELEMETRY_ENABLED": "0",
            "DISABLE_SAFETENSORS_CONVERSION": "1",
            **self.extra,
        }

    def python(self, script: str, **values: Any) -> Any:
        """Run `script` with `values` as its variables and `api` as an HfApi; gives what it leaves in `result`."""
        program = _PROGRAM.format(values=json.dumps(values), script=script)
        done = self._run([python_of(self.version), "-c", program])
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.rpartition("RESULT ")[2])

    def hf(self, *arguments: str | Path, status: int = 0) -> str:
        """Run the ``hf`` command, which must end with `status`; gives what it prints."""
        # By its interpreter: the script names it by a path that holds only until the checkout is moved.
        python = python_of(self.version)
        done = self._run([python, python.parent / "hf", *arguments])
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + (done.stderr if status else "")

    def _run(self, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.env, cwd=self.home, capture_output=True, text=True, check=False, timeout=120
        )
