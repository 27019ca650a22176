"""The imports that pickles would make, read from their opcodes: nothing is loaded.

picklescan reads one pickle; which parts of a file are pickles is decided here, for every way the file may be opened:
a file can be a pickle at its start and a zip archive at its end.
"""

import io
import pickletools
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePosixPath
from typing import IO

from picklescan.relaxed_zipfile import RelaxedZipFile
from picklescan.scanner import ScanResult, scan_pickle_bytes, scan_pytorch
from picklescan.torch import MAGIC_NUMBER, get_magic_number

MAX_IMPORTS = 500
_MAX_NAME = 200
_MAX_MEMBERS = 20_000
_PICKLE_MAGIC = tuple(bytes([0x80, protocol]) for protocol in range(6))
_PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib"}
_NUMPY_MAGIC = b"\x93NUMPY"
_ZIP_MAGIC = b"PK\x03\x04"
_OTHER_PACKERS = (b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")
_ZLIB_MAGIC = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MAX_OPCODES = 2_000_000  # picklescan keeps them all in memory
_PICKLES_OF_OLD_TORCH = 5


@dataclass
class Imports:
    """`found` is {(module, name): safety}; `problem` a value of `models.Problem`, or empty."""

    found: dict[tuple[str, str], str] = field(default_factory=dict)
    has_pickle: bool = False
    problem: str = ""

    def add(self, result: ScanResult) -> None:
        for item in result.globals:
            if len(self.found) < MAX_IMPORTS:
                self.found[str(item.module)[:_MAX_NAME], str(item.name)[:_MAX_NAME]] = item.safety.value
            else:
                self.problem = "pickle"
        self.has_pickle = self.has_pickle or bool(result.globals)
        if result.scan_err:
            self.problem = "pickle"


def imports_of(file: IO[bytes], *, expected: bool) -> Imports:
    """What the pickles of `file` import; `expected` says that its name promises a pickle or an archive of some."""
    imports = Imports()
    start = file.read(8)
    if zipfile.is_zipfile(file):
        file.seek(0)
        _read_zip(file, imports)
    if not start.startswith(_ZIP_MAGIC):
        file.seek(0)
        _read_stream(file, start, imports, expected=expected)
    return imports


def _read_stream(file: IO[bytes], start: bytes, imports: Imports, *, expected: bool) -> None:
    if start.startswith(_NUMPY_MAGIC):
        _read_numpy(file, imports)
    elif expected and (start.startswith(_OTHER_PACKERS) or start.startswith(_ZLIB_MAGIC)):
        imports.problem = "archive"
    elif expected or start.startswith(_PICKLE_MAGIC):
        _read_pickle(file, imports, certain=start.startswith(_PICKLE_MAGIC))


def _read_pickle(file: IO[bytes], imports: Imports, *, certain: bool) -> None:
    """`certain`: this must be a pickle; else what cannot be read as one is something else."""
    start = file.tell()
    old_torch = start == 0 and certain and _is_old_torch(file)
    problem = _walk(file, pickles=_PICKLES_OF_OLD_TORCH if old_torch else None)
    file.seek(start)
    result = ScanResult([])
    if problem != "limit":
        result = _scan(file, old_torch=old_torch)
    imports.add(result)
    if certain or result.globals or not problem:
        imports.has_pickle = True
        imports.problem = problem or imports.problem


def _walk(file: IO[bytes], *, pickles: int | None) -> str:
    """What keeps picklescan from reading all of this many pickles (None: up to the end of the file); or nothing.

    It answers neither errors nor lack of memory in a way that tells them from a pickle without imports.
    """
    opcodes = 0
    try:
        for _ in range(pickles) if pickles else count():
            for _opcode in pickletools.genops(file):
                opcodes += 1
                if opcodes > _MAX_OPCODES:
                    return "limit"
            if pickles is None and not file.read(1):
                return ""
            if pickles is None:
                file.seek(-1, io.SEEK_CUR)
    except Exception:  # noqa: BLE001 (hostile bytes fail in many ways)
        return "pickle"
    return ""


def _scan(file: IO[bytes], *, old_torch: bool) -> ScanResult:
    start = file.tell()
    try:
        return scan_pytorch(file, "") if old_torch else scan_pickle_bytes(file, "")
    except Exception:  # noqa: BLE001 (as above; the first pickle is what would be loaded)
        file.seek(start)
        with suppress(Exception):
            return scan_pickle_bytes(file, "", multiple_pickles=False)
        return ScanResult([])


def _is_old_torch(file: IO[bytes]) -> bool:
    """Whether this is what torch wrote before it wrote zip files: five pickles, then raw tensors."""
    try:
        return bool(get_magic_number(file) == MAGIC_NUMBER)
    except Exception:  # noqa: BLE001 (as above)
        return False
    finally:
        file.seek(0)


def _read_numpy(file: IO[bytes], imports: Imports) -> None:
    from numpy.lib import format as numpy_format

    try:
        version = numpy_format.read_magic(file)
        read_header = numpy_format.read_array_header_1_0 if version == (1, 0) else numpy_format.read_array_header_2_0
        _shape, _order, dtype = read_header(file)
    except Exception:  # noqa: BLE001 (as above)
        imports.problem = "pickle"
        return
    if dtype.hasobject:
        _read_pickle(file, imports, certain=True)


def _read_zip(file: IO[bytes], imports: Imports) -> None:
    try:
        with RelaxedZipFile(file) as archive:
            members = archive.infolist()
            for member in members[:_MAX_MEMBERS]:
                _read_member(archive, member, imports)
            if len(members) > _MAX_MEMBERS:
                imports.problem = "limit"
    except Exception:  # noqa: BLE001 (as above)
        imports.problem = "archive"


def _read_member(archive: RelaxedZipFile, member: zipfile.ZipInfo, imports: Imports) -> None:
    try:
        with archive.open(member) as opened:
            start = opened.read(8)
            opened.seek(0)
            certain = start.startswith(_PICKLE_MAGIC)
            if start.startswith(_NUMPY_MAGIC):
                _read_numpy(opened, imports)
            elif certain or PurePosixPath(member.filename).suffix.lower() in _PICKLE_SUFFIXES:
                _read_pickle(opened, imports, certain=certain)
    except Exception:  # noqa: BLE001 (as above)
        imports.problem = "archive"
