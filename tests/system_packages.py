"""What the tests need from the operating system: installed where that is allowed, else named exactly."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path


def _command(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _files(pattern: str) -> Callable[[], bool]:
    return lambda: any(Path("/usr").glob(pattern))


_CLAMAV = ("clamav-daemon.socket", "clamav-daemon", "clamav-freshclam")
NEEDED: dict[str, Callable[[], bool]] = {
    "git": _command("git"),
    "git-lfs": _command("git-lfs"),
    "gettext": _command("msgfmt"),
    "postgresql": _files("lib/postgresql/*/bin/initdb"),
    "nginx": _files("sbin/nginx"),
    "chromium": _command("chromium"),
    "clamav-daemon": _files("sbin/clamd"),
    "fonts-noto-cjk": _files("share/fonts/**/NotoSansCJK*"),
}


def main() -> None:
    missing = [package for package, present in NEEDED.items() if not present()]
    if not missing:
        return
    prefix = _root_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        raise SystemExit(f"The tests need these packages: sudo apt-get install {' '.join(missing)}")
    print(f"Installing {' '.join(missing)}", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    subprocess.run([*apt, "update"], check=True, stdin=subprocess.DEVNULL)
    install = [*apt, "install", "--yes", "--no-install-recommends", *missing]
    subprocess.run(install, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if "clamav-daemon" in missing and Path("/run/systemd/system").is_dir():
        # The tests start clamd themselves, with a signature of their own: nothing is to run or to be downloaded.
        subprocess.run([*prefix, "systemctl", "disable", "--now", *_CLAMAV], check=True)


def _root_prefix() -> list[str] | None:
    """What to put before a command that needs root; None where nobody can be root without a password."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


if __name__ == "__main__":
    main()
