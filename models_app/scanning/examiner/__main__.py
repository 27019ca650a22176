"""``python -m models_app.scanning.examiner``: examine one file after another, as the parent process asks.

stdin: a job as one line of JSON ({"size", "read_as"}), then the bytes that were asked for.
stdout: lines ``R <offset> <length>`` that ask for bytes, at the end ``D <findings as JSON>``.
"""

import io
import json
import logging
import os
import resource
import sys
from typing import Any, BinaryIO

from hub.core.child import die_with_parent
from models_app.scanning import rules
from models_app.scanning.examiner.pickles import imports_of
from models_app.scanning.examiner.remote import RemoteFile
from models_app.scanning.examiner.secret_lines import MAX_TEXT, secret_lines
from models_app.uploads.rules import LENGTH_BYTES, read_tensors

_MEMORY = 1024**3  # bytes of address space
_BUFFER = 128 * 1024
_MAX_HEADER = 32 * 1024 * 1024


def confine() -> None:
    """Give up what examining does not need: memory beyond a bound, files, and life beyond the parent's."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o777)
    logging.disable(logging.CRITICAL)


def examine(file: BinaryIO, *, size: int, read_as: str) -> dict[str, Any]:
    """{"has_pickle", "imports", "problem", "secrets"} of one file; see `models.Scan`."""
    imports = imports_of(file, expected=read_as == rules.PICKLE)
    file.seek(0)
    unsound = read_as == rules.SAFETENSORS and not _sound_header(file, size)
    file.seek(0)
    return {
        "has_pickle": imports.has_pickle,
        "imports": [
            {"module": module, "name": name, "safety": safety}
            for (module, name), safety in sorted(imports.found.items())
        ],
        "problem": imports.problem or ("header" if unsound else ""),
        "secrets": secret_lines(file.read(MAX_TEXT)) if size <= MAX_TEXT else [],
    }


def _sound_header(file: BinaryIO, size: int) -> bool:
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    if not 0 < length <= min(_MAX_HEADER, size - LENGTH_BYTES):
        return False
    try:
        read_tensors(file.read(length), file_size=size)
    except ValueError:
        return False
    return True


def main(questions: BinaryIO, answers: BinaryIO) -> None:
    for line in iter(answers.readline, b""):
        job = json.loads(line)
        file: BinaryIO = io.BufferedReader(RemoteFile(job["size"], questions, answers), _BUFFER)
        findings = examine(file, size=job["size"], read_as=job["read_as"])
        questions.write(b"D " + json.dumps(findings).encode() + b"\n")
        questions.flush()


if __name__ == "__main__":
    confine()
    main(sys.stdout.buffer, sys.stdin.buffer)
