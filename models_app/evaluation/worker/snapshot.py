"""Fetch the files of a commit that an evaluation needs, from the hub, with the stock client."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, RepoFile, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from huggingface_hub.utils.tqdm import disable_progress_bars

from models_app.evaluation.engine.errors import Internal, Unsupported
from models_app.evaluation.engine.sandbox.client import Stopped
from models_app.evaluation.engine.weights import missing_weights
from models_app.evaluation.worker.client import Lease
from models_app.evaluation.worker.errors import HubAway
from models_app.evaluation.worker.heartbeat import Heartbeat

_NAMES = {
    "config.json",
    "adapter_config.json",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
}
_CHUNK = 2**20


def fetch(
    lease: Lease,
    hub_url: str,
    folder: Path,
    *,
    max_bytes: int,
    heartbeat: Heartbeat,
) -> list[dict[str, Any]]:
    """Download into `folder`; gives path, sha256 and size of each file. No code, no pickle and no settings are fetched.

    Raises `EvaluationFailure` where there is nothing that could be evaluated, or too much; `Stopped` between files;
    `HubAway` when the hub goes away meanwhile: the lease then runs out, and the run is tried again.
    """
    with hub_answers("The checkpoint's files", lease.repo):
        wanted = select(_listing(lease, hub_url), max_bytes=max_bytes)
        for done, path in enumerate(wanted):
            if heartbeat.stop.is_set():
                raise Stopped
            heartbeat.tell({"stage": "download", "task": path, "done": done, "total": len(wanted)})
            hf_hub_download(
                lease.repo,
                path,
                repo_type=lease.kind,
                revision=lease.commit,
                endpoint=hub_url,
                token=lease.token,
                local_dir=folder,
            )
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # the client's notes about what it fetched
    return [{"path": path, "sha256": sha256_of(folder / path), "size": wanted[path]} for path in sorted(wanted)]


@contextmanager
def hub_answers(what: str, repo: str) -> Iterator[None]:
    """Within, the stock client fetches `what` of `repo`; a refusal of the hub is `Internal`, silence `HubAway`."""
    disable_progress_bars()
    try:
        yield
    except HfHubHTTPError as error:
        first = str(error).strip().splitlines()[0][:300]
        raise Internal(f"{what} could not be fetched from the hub: {first}") from error
    except (httpx2.TransportError, LocalEntryNotFoundError) as error:
        raise HubAway(f"The hub went away while {repo} was fetched: {error}") from error


def select(sizes: Mapping[str, int], *, max_bytes: int) -> dict[str, int]:
    """Path → size of what is needed of a repo's files: config, tokenizer and safetensors at its root."""
    root = {path: size for path, size in sizes.items() if "/" not in path}
    wanted = {path: size for path, size in root.items() if path in _NAMES or path.endswith(".safetensors")}
    if not any(path.endswith(".safetensors") for path in wanted):
        raise missing_weights(root)
    total = sum(wanted.values())
    if total > max_bytes:
        raise Unsupported(
            f"The checkpoint has {total / 2**30:.1f} GiB; this worker fetches at most {max_bytes / 2**30:.1f} GiB."
        )
    return wanted


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _listing(lease: Lease, hub_url: str) -> dict[str, int]:
    api = HfApi(endpoint=hub_url, token=lease.token)
    entries = api.list_repo_tree(lease.repo, revision=lease.commit, repo_type=lease.kind)
    return {entry.path: entry.size for entry in entries if isinstance(entry, RepoFile)}
