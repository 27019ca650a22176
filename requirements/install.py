"""``python3 requirements/install.py web|worker|dev``: the locked set in ``.venv``, made if it is not there.

Runs on the bare system Python, so it imports nothing but the standard library. When the set is there already it
only compares a stamp, which is why every `make` target may call it.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "installed-set"
SETS = ("web", "worker", "dev")  # each holds the ones before it
OLDEST = (3, 11)


def main(wanted: str) -> None:
    """Install set `wanted` unless it, or one that holds it, is there as it is locked now."""
    if _is_installed(wanted):
        return
    if sys.version_info < OLDEST:
        raise SystemExit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed; {sys.executable} is {sys.version}.")
    if not (VENV / "bin" / "pip").exists():
        _make_venv()
    print(f"Installing the {wanted} set into {VENV} (a few minutes the first time).", flush=True)
    locked = ROOT / "requirements" / f"{wanted}.txt"
    _run(str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--use-pep517", "--requirement", str(locked))
    STAMP.write_text(f"{wanted} {_digest(wanted)}", encoding="utf-8")


def _is_installed(wanted: str) -> bool:
    if not STAMP.exists():
        return False
    name, _, digest = STAMP.read_text(encoding="utf-8").partition(" ")
    return SETS.index(name) >= SETS.index(wanted) and digest == _digest(name)


def _digest(name: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def _make_venv() -> None:
    """Three ways, because Debian splits `ensurepip` off into a package that a fresh machine may lack."""
    create = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if _has("ensurepip"):
        _run(*create)
    elif _has("virtualenv"):
        _run(sys.executable, "-m", "virtualenv", "--quiet", str(VENV))
    elif _has("pip"):
        _run(*create, "--without-pip")
        _run(sys.executable, "-m", "pip", "--python", str(VENV / "bin" / "python"), "install", "--quiet", "pip")
    else:
        raise SystemExit(
            "This Python can make no virtual environment. On Debian or Ubuntu: apt install python3-venv; "
            "elsewhere: python3 -m pip install --user virtualenv. Then run this again."
        )


def _has(module: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"This failed, see above: {' '.join(command)}")


if __name__ == "__main__":
    main(sys.argv[1])
