"""Everything that is taken away from a child before it touches a checkpoint."""

import os
import resource
import signal
import stat
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models_app.evaluation.engine.sandbox import landlock, libc, seccomp

PROJECT = Path(__file__).parents[4]
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo")
_MORE = ("/proc/self", "/sys/devices/system", "/dev/urandom", "/dev/zero")
_GPU_READ = ("/proc", "/sys", "/etc")
FIRST_UID, _UIDS = 61184, 4096  # the range that systemd keeps for users who exist while a service runs
_FILE_BYTES = 64 * 2**20
_OPEN_FILES = 1024
_THREADS = 512


class CannotConfine(Exception):
    """The machine offers too little to run untrusted checkpoints; the message is for its operator."""


@dataclass(frozen=True)
class Limits:
    """Of one run. Wall-clock time is the parent's to watch."""

    memory_bytes: int
    cpu_seconds: int
    gpu: bool


def confine(scratch: Path, readable: Sequence[Path], limits: Limits) -> None:
    """Shut this (forked, single-threaded) process in. `scratch` is then all it may write, `readable` all it may read.

    Raises `CannotConfine` unless the network is closed and files are out of reach, each by one means at least.
    """
    os.setsid()
    os.umask(0o077)
    _set_limits(limits)
    network_closed = _leave_network()
    dropped = _drop_root([scratch, *readable])
    # After the change of user, which would clear it.
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    files_closed = _restrict_files(scratch, readable, gpu=limits.gpu)
    filtered = _filter_calls()
    _check(network=network_closed or filtered, files=files_closed or dropped)
    _move_to(scratch)


def _set_limits(limits: Limits) -> None:
    # CUDA reserves address space by the terabyte: with a GPU only private memory is counted.
    kind = resource.RLIMIT_DATA if limits.gpu else resource.RLIMIT_AS
    used = _address_space() if kind == resource.RLIMIT_AS else 0
    for what, value in (
        (kind, used + limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _leave_network() -> bool:
    """Into a network namespace without any interface that is up."""
    own_user = 0 if os.geteuid() == 0 else libc.CLONE_NEWUSER
    try:
        libc.unshare(own_user | libc.CLONE_NEWNET | libc.CLONE_NEWIPC)
    except OSError:
        return False
    return True


def _drop_root(own: list[Path]) -> bool:
    """Become a user who owns the folders `own` and nothing else. Gives whether that was possible.

    Where the installation lies in a folder that others may not enter (a clone below /root), root stays, but without
    any capability: the file rules alone must then hold.
    """
    if os.geteuid() != 0:
        return False
    if not reachable_by_others(own):
        libc.drop_capabilities()
        return False
    uid = FIRST_UID + os.getpid() % _UIDS
    for folder in own:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, uid, follow_symlinks=False)
    resource.setrlimit(resource.RLIMIT_NPROC, (_THREADS, _THREADS))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    return True


def reachable_by_others(own: list[Path]) -> bool:
    """Whether any user may enter the folders of this program, and those above `own`."""
    folders = {folder for place in _code() for folder in (place, *place.parents)}
    folders |= {parent for folder in own for parent in folder.parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _code() -> list[Path]:
    """Where this program's modules lie."""
    libraries = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return [*sorted(libraries), PROJECT / "models_app", PROJECT / "hub"]


def _restrict_files(scratch: Path, own: Sequence[Path], *, gpu: bool) -> bool:
    if not landlock.version():
        return False
    readable = [*_code(), *own, *map(Path, _SYSTEM + _MORE + (_GPU_READ if gpu else ()))]
    writable = [scratch, Path("/dev/null"), *(Path("/dev").glob("nvidia*") if gpu else ())]
    landlock.restrict(readable=readable, writable=writable)
    return True


def _filter_calls() -> bool:
    if not seccomp.supported():
        return False
    try:
        seccomp.install()
    except OSError:
        return False
    return True


def _check(*, network: bool, files: bool) -> None:
    if not network:
        raise CannotConfine(
            "Checkpoints are not evaluated here: the network cannot be closed to them. Allow the worker user "
            "namespaces or seccomp filters."
        )
    if not files:
        raise CannotConfine(
            "Checkpoints are not evaluated here: files cannot be closed to them. Use a kernel with Landlock (5.13 or "
            "newer), or start the worker as root so that it can change to an unprivileged user."
        )


def _move_to(scratch: Path) -> None:
    os.chdir(scratch)
    os.environ.update(HOME=str(scratch), TMPDIR=str(scratch))
