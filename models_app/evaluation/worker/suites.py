"""Where a run's suite lies: in this installation, or fetched from the hub once and kept."""

import shutil
import tempfile
from pathlib import Path

from models_app.evaluation.engine.errors import Internal
from models_app.evaluation.suites.definitions import SUITES_DIR, InvalidDefinition, content_sha256, read_definition
from models_app.evaluation.worker.client import HubClient, RunLease


def is_carried(lease: RunLease) -> bool:
    """Whether this installation brings the suite of `lease`, byte for byte."""
    try:
        carried = read_definition(SUITES_DIR / lease.suite["name"] / str(lease.suite["version"]))
    except InvalidDefinition:
        return False
    return carried.sha256 == str(lease.suite["sha256"])


def fetch_suite(client: HubClient, lease: RunLease, cache: Path) -> Path:
    """A folder in `cache` with the files of the suite of `lease`, fetched unless it is there; its hash is checked.

    Raises `Internal` where the hub gives other content than the lease names.
    """
    sha256 = str(lease.suite["sha256"])
    kept = cache / sha256
    if kept.is_dir() and content_sha256(kept) == sha256:
        return kept
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name) / "files"
        for path, file_sha256 in client.suite_files(sha256).items():
            target = folder / path
            if not target.resolve().is_relative_to(folder.resolve()):
                raise Internal(f"The hub names a file of the suite that lies outside of it: {path}.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(client.suite_file(file_sha256))
        if content_sha256(folder) != sha256:
            raise Internal(f"The hub gave other files than those of suite {lease.suite['name']} that the run names.")
        shutil.rmtree(kept, ignore_errors=True)
        folder.rename(kept)
    return kept
