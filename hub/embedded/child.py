"""Run a command that dies with its parent: ``python -I -S child.py PARENT_PID COMMAND ARGUMENT…``.

A program of its own, because what runs between fork and exec inside a threaded parent may deadlock.
It loads nothing but the standard library, so it costs some milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Become `command`; the kernel kills it as soon as process `parent` is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the line above
        raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
