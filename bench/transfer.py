"""How fast files travel: the stock client and plain HTTP beside a bare copy and nginx, and the memory it costs.

    python -m bench.transfer [--mib 512] [--repeat 3] [--folder DIR]

Starts a hub of its own on an empty folder and uploads checkpoints of float32 weights, each with new content, through
``hf upload`` as it comes (Xet) and over LFS. Medians of `repeat` runs; the first line names the
load of the machine before it began.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tests.running_hub import RunningHub, free_port

MIB = 1024 * 1024
NAME = "model.safetensors"
# How a checkpoint is stored, and what makes the client upload it so.
WAYS: dict[str, dict[str, str]] = {"xorbs": {}, "flat": {"HF_HUB_DISABLE_XET": "1"}}


@dataclass
class Bench:
    """One hub, one member, and what was measured: seconds by row."""

    hub: RunningHub
    token: str
    folder: Path
    mib: int
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, row: str, action: Callable[..., object], *arguments: object, **options: object) -> None:
        start = time.perf_counter()
        action(*arguments, **options)
        self.seconds.setdefault(row, []).append(time.perf_counter() - start)

    def hf(self, *arguments: str | Path, **extra: str) -> None:
        """The ``hf`` command in a home of its own: no cache from run to run."""
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            env = os.environ | {"HF_ENDPOINT": self.hub.url, "HF_TOKEN": self.token, "HF_HOME": home, **extra}
            env |= {"HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
            command = [Path(sys.executable).parent / "hf", *arguments]
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def median(self, row: str) -> float:
        """MiB/s."""
        return self.mib / statistics.median(self.seconds[row])


def write_checkpoint(path: Path, mib: int, seed: int) -> None:
    """A safetensors file with one float32 tensor of `mib` MiB, normally distributed as weights are."""
    rng = np.random.default_rng(seed)
    tensor = {"dtype": "F32", "shape": [mib, MIB // 4], "data_offsets": [0, mib * MIB]}
    header = json.dumps({"weight": tensor}).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(mib):
            file.write((rng.standard_normal(MIB // 4, dtype=np.float32) * 0.02).tobytes())


def copy_and_hash(source: Path, target: Path, *, sync: bool) -> None:
    shutil.copyfile(source, target)
    if sync:
        with target.open("rb") as file:
            os.fsync(file.fileno())
    sha256_of(source)
    target.unlink()


def get(url: str) -> None:
    """Plain HTTP, thrown away."""
    subprocess.run(["curl", "--silent", "--fail", "--output", os.devnull, url], check=True)


NGINX = """
daemon off; worker_processes 1; pid {scratch}/nginx.pid; error_log stderr warn; {user}
events {{}}
http {{
    sendfile on; tcp_nopush on; access_log off;
    client_body_temp_path {scratch}/1; proxy_temp_path {scratch}/2; fastcgi_temp_path {scratch}/3;
    uwsgi_temp_path {scratch}/4; scgi_temp_path {scratch}/5;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextlib.contextmanager
def nginx(root: Path, scratch: Path) -> Iterator[str]:
    """The address of an nginx with sendfile over `root`."""
    scratch.mkdir()
    port = free_port()
    configuration = scratch / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker could not read this folder
    configuration.write_text(NGINX.format(scratch=scratch, port=port, root=root, user=user))
    process = subprocess.Popen(["nginx", "-c", configuration, "-p", scratch])
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def one_round(bench: Bench, way: str, number: int, static: Path, mirror: str) -> None:
    """Upload a new checkpoint one way, fetch it in every way, and compare."""
    repo, file = f"bench/{way}-{number}", static / f"{way}-{number}.safetensors"
    resolve, beside = f"{bench.hub.url}/{repo}/resolve/main/{NAME}", f"{mirror}/{file.name}"
    write_checkpoint(file, bench.mib, seed=2 * number + (way == "flat"))
    bench.measure("copy + sha256", copy_and_hash, file, static / "copy", sync=False)
    bench.measure("copy + sync + sha256", copy_and_hash, file, static / "copy", sync=True)
    bench.measure(f"upload {way}", bench.hf, "upload", repo, file, NAME, **WAYS[way])
    for url in (resolve, beside):  # both servers read from the page cache
        get(url)
    bench.measure(f"GET {way}", get, resolve)
    bench.measure("GET nginx", get, beside)
    with tempfile.TemporaryDirectory(dir=bench.folder) as target:
        bench.measure(f"download {way}", bench.hf, "download", repo, NAME, "--local-dir", target)
        if sha256_of(Path(target) / NAME) != sha256_of(file):
            sys.exit("The download differs from what was uploaded.")
    file.unlink()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peak_memory(hub: RunningHub) -> float:
    """MiB of resident memory that the largest web process has ever had."""
    peaks = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if hub.url.removeprefix("http://").encode() in (folder / "cmdline").read_bytes():
                status = (folder / "status").read_text()
                peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
    return max(peaks)


ROWS = [
    ("upload xorbs", "copy + sha256", "hf upload (Xet, as it comes)"),
    ("upload flat", "copy + sha256", "hf upload (LFS)"),
    ("download xorbs", "GET nginx", "hf download, rebuilt from xorbs"),
    ("download flat", "GET nginx", "hf download, flat file"),
    ("GET xorbs", "GET nginx", "curl, rebuilt from xorbs"),
    ("GET flat", "GET nginx", "curl, flat file"),
    ("copy + sync + sha256", "copy + sha256", "the copy, synced to disk as the hub does"),
]


def report(bench: Bench, load: float) -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in ("huggingface_hub", "hf-xet", "gunicorn", "Django"))
    server = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr.split("/")[-1].strip()
    print(f"{bench.mib} MiB float32 safetensors; {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before")
    print(f"Python {platform.python_version()}, {versions}, nginx {server}\n")
    print(f"{'':42}{'MiB/s':>8}  {'beside':22}{'MiB/s':>8}{'ratio':>7}")
    for row, beside, title in ROWS:
        mine, other = bench.median(row), bench.median(beside)
        print(f"{title:42}{mine:8.0f}  {beside:22}{other:8.0f}{mine / other:7.2f}")
    print(f"\nlargest web process: {peak_memory(bench.hub):.0f} MiB resident at its peak")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=512)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work; the disk that is measured")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="leyuan-bench-") as name:
        folder = Path(name)
        static = folder / "static"
        static.mkdir()
        (folder / "hub").mkdir()
        with RunningHub(folder / "hub") as hub, nginx(static, folder / "nginx") as mirror:
            bench = Bench(hub, hub.make_member("bench"), folder, options.mib)
            for number, way in itertools.product(range(options.repeat), WAYS):
                one_round(bench, way, number, static, mirror)
            report(bench, load)


if __name__ == "__main__":
    main()
