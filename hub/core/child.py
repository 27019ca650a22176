"""Processes that die with their parent, also when that one is killed.

As a program, ``python -I -S child.py PARENT_PID COMMAND ARGUMENT…`` starts a command this way: code between fork
and exec would not be safe in a threaded parent. It loads only the standard library, so it costs milliseconds.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Let the kernel kill this process as soon as its parent is gone. The right survives exec, not fork."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(parent: int, command: list[str]) -> None:
    """Become `command`, as a child of process `parent`."""
    die_with_parent()
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
