"""Where a run's suite lies: in this installation, or fetched from the hub once and kept, with data of its datasets."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download

from models_app.evaluation.engine.errors import Internal
from models_app.evaluation.engine.sandbox.client import Stopped
from models_app.evaluation.suites.definitions import (
    HUB_DATA,
    SUITE_FILE,
    SUITES_DIR,
    InvalidDefinition,
    content_sha256,
    hub_file,
    load_yaml,
    read_definition,
)
from models_app.evaluation.worker.client import HubClient, RunLease
from models_app.evaluation.worker.heartbeat import Heartbeat
from models_app.evaluation.worker.snapshot import hub_answers, sha256_of


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


def fetch_data(lease: RunLease, hub_url: str, suite: Path, *, max_bytes: int, heartbeat: Heartbeat) -> None:
    """Put the files of the hub's datasets that the suite in the folder `suite` names beside it, unless they are there.

    Each is fetched at its commit with the lease's token, and its hash is checked. Raises as `snapshot.fetch` does;
    `Internal` also for other content than the suite names, or too much.
    """
    files = _wanted(load_yaml((suite / SUITE_FILE).read_bytes()))
    total = sum(file["size"] for _, file in files)
    if total > max_bytes:
        raise Internal(f"The suite's data has {total / 2**30:.1f} GiB; a worker here fetches {max_bytes / 2**30:.1f}.")
    for done, (data, file) in enumerate(files):
        if heartbeat.stop.is_set():
            raise Stopped
        heartbeat.tell({"stage": "download", "task": file["path"], "done": done, "total": len(files)})
        kept = suite / hub_file(file)
        if not (kept.is_file() and sha256_of(kept) == file["sha256"]):
            _fetch_file(lease, hub_url, data, file, suite)


def _wanted(content: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(data, file) for each file of a dataset; what two tasks share comes once."""
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for entry in content["tasks"].values():
        found |= {file["sha256"]: (entry["data"], file) for file in entry["data"].get("files", [])}
    return list(found.values())


def _fetch_file(lease: RunLease, hub_url: str, data: Mapping[str, Any], file: Mapping[str, Any], suite: Path) -> None:
    what = f"{file['path']} of the dataset {data['repo']}, which the suite needs,"
    with tempfile.TemporaryDirectory(dir=suite.parent) as folder, hub_answers(what, data["repo"]):
        fetched = hf_hub_download(
            data["repo"],
            file["path"],
            repo_type="dataset",
            revision=data["commit"],
            endpoint=hub_url,
            token=lease.token,
            local_dir=folder,
        )
        if sha256_of(Path(fetched)) != file["sha256"]:
            raise Internal(f"{what} is not the file that the suite names: its SHA-256 differs.")
        (suite / HUB_DATA).mkdir(exist_ok=True)
        Path(fetched).rename(suite / hub_file(file))
