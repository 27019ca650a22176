"""Where the embedded Valkey listens."""

import hashlib
import os
import tempfile
from pathlib import Path

LONGEST = 100  # bytes; the kernel allows 107 in a unix socket's path


def valkey_socket(data_dir: Path) -> Path:
    """``run/valkey.sock`` in `data_dir`, or a short path made from it if that one is too long for a socket."""
    path = data_dir / "run" / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"leyuan-{os.getuid()}-{digest}" / "valkey.sock"
