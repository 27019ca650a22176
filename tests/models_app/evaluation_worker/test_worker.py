"""The worker in front of a running hub: a run is fetched, evaluated and handed in, whatever happens to the worker."""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import torch
from huggingface_hub import HfApi
from safetensors.torch import load_file

from tests.models_app.evaluation_engine.checkpoints import edit_json
from tests.models_app.evaluation_worker.conftest import RunOf

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
StartWorker = Callable[..., subprocess.Popen[str]]


def work(start: StartWorker) -> str:
    output, _ = start().communicate(timeout=120)
    return output


def _pickle_only(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _lying_config(folder: Path) -> None:
    edit_json(folder / "config.json", lambda content: content.update(n_layer=3000))


def test_an_upload_is_evaluated_and_its_record_is_whole(
    upload: Callable[..., str], start_worker: StartWorker, run_of: RunOf, alice_api: HfApi, worker_env: dict[str, str]
):
    repo_id = upload()
    assert run_of(repo_id)["state"] == "queued"

    output = work(start_worker)

    run = run_of(repo_id)
    assert run["state"] == "done", output
    record = _record(alice_api, run["record"])
    weights = Path(alice_api.hf_hub_download(repo_id, "model.safetensors", cache_dir=worker_env["HOME"]))
    assert record["repo"] == repo_id
    assert record["commit"] == alice_api.model_info(repo_id).sha
    assert {"path": "model.safetensors", "sha256": _sha256(weights), "size": weights.stat().st_size} in record["files"]
    assert {score["task"] for score in record["scores"]} == set(record["items"])
    assert len(record["samples"]) == 50
    assert list(Path(worker_env["HUB_EVALUATION_DIR"]).iterdir()) == []


def test_a_failure_has_its_class_and_the_worker_goes_on(
    upload: Callable[..., str], start_worker: StartWorker, run_of: RunOf, tmp_path: Path
):
    lying = upload(_lying_config)
    shutil.rmtree(tmp_path / "checkpoint")
    pickled = upload(_pickle_only)
    shutil.rmtree(tmp_path / "checkpoint")
    good = upload()

    output = work(start_worker)

    assert run_of(lying)["failure"] == {
        "class": "invalid_checkpoint",
        "reason": "config.json claims 3000 layers, but the weights hold 2.",
    }
    assert run_of(pickled)["failure"]["class"] == "unsafe"
    assert "pickles" in run_of(pickled)["failure"]["reason"]
    assert run_of(good)["state"] == "done", output


def test_a_cancelled_run_is_dropped(
    upload: Callable[..., str], start_worker: StartWorker, run_of: RunOf, alice_api: HfApi
):
    repo_id = upload()
    worker = start_worker()
    _until(lambda: run_of(repo_id)["state"] == "running")

    headers = {"Authorization": f"Bearer {alice_api.token}"}
    url = f"{alice_api.endpoint}/api/evaluation/runs/{run_of(repo_id)['id']}/cancel"
    assert httpx2.post(url, headers=headers).is_success
    output, _ = worker.communicate(timeout=120)

    run = run_of(repo_id)
    assert (run["state"], run["record"]) == ("cancelled", None), output


def test_a_wrong_token_is_an_error_of_the_operator(
    start_worker: StartWorker, worker_env: dict[str, str], tmp_path: Path
):
    path = tmp_path / "token"
    path.write_text("hf_wrong")
    worker_env = worker_env | {"HUB_EVALUATION_TOKEN_FILE": str(path)}

    output = work(lambda: start_worker(worker_env))

    assert "The hub refuses this worker (401)" in output
    assert "hf_wrong" not in output


def _record(api: HfApi, sha256: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = httpx2.get(f"{api.endpoint}/api/evaluation/records/{sha256}", headers=headers)
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    record: dict[str, Any] = answer.json()
    return record


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
