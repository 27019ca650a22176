"""Landlock: from now on this process reads and writes below the named paths only, and connects to nothing.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from models_app.evaluation.engine.sandbox import libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # flag: tell the ABI version
_PATH_BENEATH = 1  # kind of rule
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_FILE_RIGHTS = 1 | _WRITE_FILE | _READ_FILE | _TRUNCATE
_FS_BITS = {1: 13, 2: 14}  # ABI version → number of rights it knows; 15 from version 3 on
_FS_BITS_NOW = 15
_NET_VERSION = 4
_SCOPE_VERSION = 6


def version() -> int:
    """The kernel's Landlock ABI version; 0 without Landlock."""
    try:
        return libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(*, readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Confine this thread and what it starts. Paths that do not exist are skipped. Needs no_new_privs."""
    known = (1 << _FS_BITS.get(version(), _FS_BITS_NOW)) - 1
    ruleset = libc.syscall(_CREATE_RULESET, *_attributes(known), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(ruleset, path, known & ~1)  # everything but to execute
        libc.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _attributes(known: int) -> tuple[ctypes.Array[ctypes.c_char], int]:
    abi = version()
    values = [known]
    if abi >= _NET_VERSION:
        values.append(0b11)  # bind and connect of TCP: handled and never allowed
    if abi >= _SCOPE_VERSION:
        values.append(0b11)  # no abstract sockets and no signals to processes outside
    packed = struct.pack(f"={len(values)}Q", *values)
    return ctypes.create_string_buffer(packed, len(packed)), len(packed)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        allowed = rights if path.is_dir() else rights & _FILE_RIGHTS
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, descriptor), 12)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
