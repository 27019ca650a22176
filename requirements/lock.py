"""``make lock``: the ``.in`` files, resolved to exact versions. ``make lock UPGRADE=1`` takes the newest ones.

The locked files name versions only: no index, no path, no build. Torch stands there without its local version and
without the packages of one GPU vendor, because CPU or CUDA build is the machine's choice and a build brings its own.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# Worker inside dev, web inside worker: each smaller set takes its versions from the larger one.
SETS = (("dev", None), ("worker", "dev"), ("web", "worker"))
OF_ONE_BUILD = re.compile(r"(nvidia-|cuda-|triton==)")
PLAIN = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!]+( ; .+)?")


def main(*, upgrade: bool) -> None:
    for name, larger in SETS:
        target = FOLDER / f"{name}.txt"
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--allow-unsafe", "--strip-extras"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-trusted-host"]
        command += ["--no-emit-find-links", "--no-emit-options", "--output-file", str(target)]
        if larger is not None:
            command += ["--constraint", str(FOLDER / f"{larger}.txt")]
        if upgrade and larger is None:
            command.append("--upgrade")
        subprocess.run([*command, str(FOLDER / f"{name}.in")], check=True)
        target.write_text("".join(f"{line}\n" for line in _plain(target.read_text("utf-8"))), encoding="utf-8")


def _plain(text: str) -> list[str]:
    """The pins of a compiled file. Raises `SystemExit` for a line that is no plain pin."""
    lines = [re.sub(r"\+[\w.]+", "", line) for line in text.splitlines() if line and not line.startswith("#")]
    pins = sorted((line for line in lines if not OF_ONE_BUILD.match(line)), key=lambda pin: pin.partition("==")[0])
    for pin in pins:
        if not PLAIN.fullmatch(pin):
            raise SystemExit(f"Not a plain pin: {pin}")
    return pins


if __name__ == "__main__":
    main(upgrade="--upgrade" in sys.argv)
