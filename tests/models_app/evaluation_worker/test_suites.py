"""Suites that the worker's installation does not bring: fetched by hash, kept, and only read in the sandbox."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi

from models_app.evaluation.engine.errors import Internal
from models_app.evaluation.suites.definitions import SUITES_DIR, content_sha256, read_definition, read_files
from models_app.evaluation.worker.client import RunLease
from models_app.evaluation.worker.suites import fetch_suite, is_carried
from tests.models_app.evaluation_engine.analogues import PAIRS, converted_analogues
from tests.running_hub import RunningHub

MeasuredUnder = Callable[..., dict[str, Any]]
STANDARD = read_definition(SUITES_DIR / "standard" / "1")


class Hub:
    """The two calls of `HubClient` that a suite is fetched by."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.names = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        self.contents = {self.names[path]: content for path, content in files.items()}
        self.calls = 0

    def suite_files(self, _sha256: str) -> dict[str, str]:
        return self.names

    def suite_file(self, sha256: str) -> bytes:
        self.calls += 1
        return self.contents[sha256]


def lease_of(sha256: str, version: int = 1) -> RunLease:
    suite = {"name": "standard", "version": version, "sha256": sha256}
    return RunLease(
        run=1,
        attempt=1,
        repo="alice/tiny",
        kind="model",
        commit="c" * 40,
        suite=suite,
        precision="float32",
        token="token",
        lease_seconds=60,
        run_seconds=600,
    )


def test_what_the_installation_brings() -> None:
    assert is_carried(lease_of(STANDARD.sha256))
    assert not is_carried(lease_of("0" * 64))
    assert not is_carried(lease_of(STANDARD.sha256, version=99))


def test_a_suite_is_fetched_once_and_again_when_its_copy_is_damaged(tmp_path: Path) -> None:
    hub: Any = Hub(read_files(STANDARD.folder))
    lease = lease_of(STANDARD.sha256)
    folder = fetch_suite(hub, lease, tmp_path)
    calls = hub.calls
    assert content_sha256(folder) == STANDARD.sha256
    assert (fetch_suite(hub, lease, tmp_path), hub.calls) == (folder, calls)
    (folder / "suite.yaml").write_bytes(b"")
    assert content_sha256(fetch_suite(hub, lease, tmp_path)) == STANDARD.sha256
    assert [path.name for path in tmp_path.iterdir()] == [STANDARD.sha256]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [({"suite.yaml": b"a: 1"}, "other files than those"), ({"../../evil": b"x"}, "lies outside of it")],
)
def test_other_content_is_refused_and_not_kept(tmp_path: Path, files: dict[str, bytes], sentence: str) -> None:
    hub: Any = Hub(files)
    with pytest.raises(Internal, match=sentence):
        fetch_suite(hub, lease_of(STANDARD.sha256), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    assert not (tmp_path / "evil").exists()


CHANGES = [
    {"change": "retire", "task": name} for name in ("prose_en", "prose_zh", "grammar_en", "classifiers_zh", "copying")
]
# Plain Jinja reaches Python: where it is rendered, it finds no file and no network.
HOSTILE = {
    "change": "add",
    "task": "hostile",
    "entry": {
        "title": "Hostile",
        "kind": "multiple_choice",
        "primary": "acc",
        "chance": 0.0,
        "best": 1.0,
        "metrics": {"acc": {"higher_is_better": True}},
    },
    "definition": json.dumps(
        {
            "task": "hostile",
            "output_type": "multiple_choice",
            "test_split": "test",
            "doc_to_text": "{{ cycler.__init__.__globals__.os.listdir(path) }}",
            "doc_to_choice": ["a", "b"],
            "doc_to_target": "label",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        }
    ),
}

ANALOGUES = {
    "change": "add",
    "task": "analogues",
    "entry": {
        "title": "Analogues",
        "families": ["encoder-decoder"],
        "kind": "multiple_choice",
        "primary": "acc",
        "chance": 0.25,
        "best": 1.0,
        "metrics": {"acc": {"higher_is_better": True}},
    },
    "definition": json.dumps(
        {
            "task": "analogues",
            "output_type": "multiple_choice",
            "test_split": "test",
            "doc_to_text": "<sos>{{source}}",
            "doc_to_choice": "choices",
            "doc_to_target": "label",
            "target_delimiter": "",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        }
    ),
}


@pytest.mark.slow
@pytest.mark.one_database
def test_a_preview_is_measured_under_the_proposed_version(
    upload: Callable[..., str], measured_under: MeasuredUnder, hub_server: RunningHub, tmp_path: Path, worker_env: Any
) -> None:
    repo_id = upload()

    run = measured_under(repo_id, 1, CHANGES)
    assert run["state"] == "done"
    assert [path.name for path in (tmp_path / "runs" / "suites").iterdir()] == [run["suite"]["sha256"]]
    board = httpx2.get(f"{hub_server.url}/api/leaderboard", params={"q": repo_id, "suite": "standard/2"}).json()
    assert board["suite"]["version"] == 1

    hostile = {**HOSTILE, "rows": [{"path": worker_env["HOME"], "label": 0}]}
    run = measured_under(repo_id, run["suite"]["version"], [hostile])
    assert run["state"] == "failed"
    assert "Permission denied" in run["failure"]["reason"]


@pytest.mark.slow
@pytest.mark.one_database
def test_what_others_trained_is_asked_about_its_own_subject(
    upload: Callable[..., str], measured_under: MeasuredUnder, alice_api: HfApi
) -> None:
    """An encoder–decoder of molecules knows which of four medicines differs from a given one in one place."""
    repo_id = upload(save=converted_analogues)
    targets = [*PAIRS.values(), *PAIRS.values()]
    rows = [{"source": source, "choices": targets[place : place + 4], "label": 0} for place, source in enumerate(PAIRS)]

    run = measured_under(repo_id, 1, [*CHANGES, {**ANALOGUES, "rows": rows}])

    assert run["state"] == "done"
    headers = {"Authorization": f"Bearer {alice_api.token}"}
    record = httpx2.get(f"{alice_api.endpoint}/api/evaluation/records/{run['record']}", headers=headers).json()
    (score,) = [one for one in record["scores"] if one["task"] == "analogues"]
    assert (record["family"], record["architecture"]["model_class"]) == ("encoder-decoder", "MarianMTModel")
    assert score["n"] == 12
    assert score["value"] >= 10 / 12  # by chance 0.25
