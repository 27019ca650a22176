"""A hub for measuring, the stock client in front of it, and what both cost."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.running_hub import RunningHub

MIB = 1024 * 1024
NAME = "model.safetensors"
PLAIN = {"HF_HUB_DISABLE_XET": "1"}  # LFS up, plain HTTP down


def new_hub(folder: Path) -> RunningHub:
    """A hub with the settings of production, on an empty folder."""
    folder.mkdir()
    hub = RunningHub(folder)
    del hub.env["HUB_LFS_PART_BYTES"]  # tests make parts small
    return hub


class Client:
    """The ``hf`` command of one member, each time in a home of its own: no cache from run to run."""

    def __init__(self, hub: RunningHub, member: str, folder: Path, *, url: str = "") -> None:
        self._url, self._token, self._folder = url or hub.url, hub.make_member(member), folder

    def hf(self, *arguments: str | Path, **extra: str) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as home:
            env = os.environ | {"HF_ENDPOINT": self._url, "HF_TOKEN": self._token, "HF_HOME": home, **extra}
            env |= {"HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
            command = [Path(sys.executable).parent / "hf", *arguments]
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def write_checkpoint(path: Path, mib: int, seed: int) -> None:
    """A safetensors file with one float32 tensor of `mib` MiB, normally distributed as weights are."""
    rng = np.random.default_rng(seed)
    tensor = {"dtype": "F32", "shape": [mib, MIB // 4], "data_offsets": [0, mib * MIB]}
    header = json.dumps({"weight": tensor}).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(mib):
            file.write((rng.standard_normal(MIB // 4, dtype=np.float32) * 0.02).tobytes())


def get(url: str) -> None:
    """Plain HTTP, thrown away."""
    subprocess.run(["curl", "--silent", "--fail", "--output", os.devnull, url], check=True)


def web_memory(hub: RunningHub) -> float:
    """MiB that the web processes, their master too, have resident together."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            if b"gunicorn" in command and hub.url.removeprefix("http://").encode() in command:
                found += int((folder / "status").read_text().partition("VmRSS:")[2].split()[0])
    return found / 1024
