"""The few system calls that Python does not wrap."""

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWIPC = 0x08000000
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, *arguments: int | ctypes.Array[ctypes.c_char]) -> None:
    """Raises OSError where the kernel refuses."""
    padded = [*arguments, *[0] * (4 - len(arguments))]
    _check(_LIBC.prctl(option, *(ctypes.c_ulong(a) if isinstance(a, int) else a for a in padded)))


def unshare(flags: int) -> None:
    _check(_LIBC.unshare(flags))


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    converted = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    result: int = _LIBC.syscall(ctypes.c_long(number), *converted)
    _check(result)
    return result


def drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets of this thread."""
    header = ctypes.create_string_buffer(_CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4), 8)
    syscall(_SYS_CAPSET[os.uname().machine], header, ctypes.create_string_buffer(24))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
