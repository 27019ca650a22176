"""How fast files travel, how little of them has to, and the memory it costs: one table of results and goals.

    python -m bench.transfer [--mib 1024] [--repeat 3] [--folder DIR]

Starts hubs of its own on empty folders. The stock ``hf`` command stands beside the ``mlflow`` command with MLflow's
artifact proxy (which hashes nothing), plain HTTP beside nginx; both sides of a ratio take turns, so that they meet the
same machine, and medians of `repeat` turns are compared. "Start taken off" leaves out what the two commands need
before they do anything. "The limit" is the same ``hf upload`` at a hub that keeps what it is sent and looks at nothing
(`bench.careless`): no hub makes it faster.
"""

import argparse
import filecmp
import hashlib
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import dedup, mlflow, nginx, streams
from bench.hub import NAME, PLAIN, Client, get, new_hub, write_checkpoint
from bench.mlflow import MLflow
from bench.table import Result, print_table
from tests.running_hub import RunningHub

_GETS = 5  # a turn: they take a second where an upload takes ten, and differ more from one to the next


@dataclass
class Stage:
    """Both sides, and the seconds of every turn by row."""

    hub: RunningHub
    client: Client
    careless: Client
    rival: MLflow
    mirror: str
    folder: Path
    mib: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def time(self, row: str, action: Callable[..., object], *arguments: object, **options: object) -> None:
        start = time.perf_counter()
        action(*arguments, **options)
        self.seconds[row].append(time.perf_counter() - start)

    def median(self, row: str) -> float:
        return statistics.median(self.seconds[row])


def one_turn(stage: Stage, number: int) -> None:
    """A new checkpoint through every way up, and down again."""
    file, flat = (stage.folder / "static" / f"{number}.{ending}" for ending in ("safetensors", "flat"))
    write_checkpoint(file, stage.mib, seed=2 * number)
    write_checkpoint(flat, stage.mib, seed=2 * number + 1)
    stage.time("start mlflow", stage.rival.start)
    stage.time("start hf", stage.client.hf, "version")
    stage.time("upload mlflow", stage.rival.upload, file)
    stage.time("upload hf", stage.client.hf, "upload", f"bench/xet-{number}", file, NAME)
    # Under a name that no hub looks into: its bytes are not there.
    stage.time("upload limit", stage.careless.hf, "upload", f"bench/xet-{number}", file, "weights.bin")
    stage.time("copy", copy_and_hash, file)
    stage.time("upload lfs", stage.client.hf, "upload", f"bench/flat-{number}", flat, NAME, **PLAIN)
    with tempfile.TemporaryDirectory(dir=stage.folder) as target:
        stage.time("download mlflow", stage.rival.download, file.name, Path(target))
    download(stage, "download hf", f"bench/xet-{number}", file)
    download(stage, "download plain", f"bench/xet-{number}", file, **PLAIN)
    addresses = {way: f"{stage.hub.url}/bench/{way}-{number}/resolve/main/{NAME}" for way in ("xet", "flat")}
    addresses["nginx"] = f"{stage.mirror}/{file.name}"
    for address in addresses.values():
        get(address)  # now it is in the page cache
    for _ in range(_GETS):
        for way, address in addresses.items():
            stage.time(f"GET {way}", get, address)
    file.unlink()
    flat.unlink()


def copy_and_hash(file: Path) -> None:
    """The least that taking a file in can be on one machine."""
    with tempfile.TemporaryDirectory(dir=file.parent) as target:
        copied = Path(shutil.copy(file, target))
        with copied.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")


def download(stage: Stage, row: str, repo: str, original: Path, **extra: str) -> None:
    with tempfile.TemporaryDirectory(dir=stage.folder) as target:
        stage.time(row, stage.client.hf, "download", repo, NAME, "--local-dir", target, **extra)
        if not filecmp.cmp(Path(target) / NAME, original, shallow=False):
            sys.exit("The download differs from what was uploaded.")


def results(stage: Stage) -> list[Result]:
    def speed(row: str) -> float:
        return stage.mib / stage.median(row)

    def compare(what: str, row: str, other: str, least: float) -> Result:
        ratio = stage.median(other) / stage.median(row)
        note = f"{speed(row):5.0f} MiB/s beside {speed(other):.0f}"
        return Result(what, ratio, "x", least=least, note=note)

    def moving(direction: str) -> Result:
        mine, theirs = (
            max(stage.median(f"{direction} {name}") - stage.median(f"start {name}"), 1e-3) for name in ("hf", "mlflow")
        )
        note = f"{stage.mib / mine:5.0f} MiB/s beside {stage.mib / theirs:.0f}"
        return Result(f"hf {direction}, start taken off", theirs / mine, "x", note=note)

    return [
        compare("hf upload (Xet) / MLflow", "upload hf", "upload mlflow", 2),
        compare("the limit of hf upload (Xet) / MLflow", "upload limit", "upload mlflow", -math.inf),
        compare("hf upload (Xet) / its limit", "upload hf", "upload limit", -math.inf),
        compare("hf upload (Xet) / local copy and sha256", "upload hf", "copy", -math.inf),
        moving("upload"),
        compare("hf upload (LFS) / MLflow", "upload lfs", "upload mlflow", -math.inf),
        compare("hf download (Xet) / MLflow", "download hf", "download mlflow", 2),
        moving("download"),
        compare("hf download (plain HTTP) / MLflow", "download plain", "download mlflow", -math.inf),
        compare("GET of a file in xorbs / nginx", "GET xet", "GET nginx", 0.4),
        compare("GET of a flat file / nginx", "GET flat", "GET nginx", 0.9),
    ]


def measure(folder: Path, mib: int, repeat: int) -> list[Result]:
    static = folder / "static"
    static.mkdir()
    careless = new_hub(folder / "careless")
    careless.application = "bench.careless"
    with (
        new_hub(folder / "hub") as hub,
        careless as limit,
        nginx.serving(static, folder / "nginx") as mirror,
        mlflow.serving(folder / "mlflow") as rival,
    ):
        stage = Stage(hub, Client(hub, "bench", folder), Client(limit, "bench", folder), rival, mirror, folder, mib)
        for number in range(repeat):
            one_turn(stage, number)
        return results(stage)


def print_machine(mib: int) -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in ("huggingface_hub", "hf-xet", "gunicorn", "Django"))
    server = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr.split("/")[-1].strip()
    load = os.getloadavg()[0]
    print(f"{mib} MiB float32 safetensors; {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before")
    print(f"Python {platform.python_version()}, {versions}, nginx {server}, MLflow {mlflow.version()}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work; the disk that is measured")
    options = parser.parse_args()
    print_machine(options.mib)
    found: list[Result] = []
    for part in (partial(measure, repeat=options.repeat), dedup.measure, streams.measure):
        with tempfile.TemporaryDirectory(dir=options.folder, prefix="leyuan-bench-") as name:
            found += part(Path(name), options.mib)
    print_table(found)


if __name__ == "__main__":
    main()
