"""``standard-hub`` from end to end: datasets go up, a version is pinned, a worker fetches them and measures.

The scores are held against the ``lm_eval`` command with its own task files on the same rows.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi

from bench.lm_eval_command import run_python
from tests.models_app.evaluation_engine.hub_tasks import LM_EVAL_TASKS, MMLU, ORIGINALS, ROWS
from tests.running_hub import RunningHub

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
OWNER = "alice-of-workers"
# Task → dataset and file, as their authors' repositories have them.
FILES = {
    "hellaswag": ("hellaswag", "data/validation-00000-of-00001.parquet"),
    "arc_easy": ("ai2_arc", "ARC-Easy/test-00000-of-00001.parquet"),
    "arc_challenge": ("ai2_arc", "ARC-Challenge/test-00000-of-00001.parquet"),
    "piqa": ("piqa", "data/validation-00000-of-00001.parquet"),
    "winogrande": ("winogrande", "winogrande_xl/validation-00000-of-00001.parquet"),
    "openbookqa": ("openbookqa", "main/test-00000-of-00001.parquet"),
    "boolq": ("super_glue", "boolq/validation-00000-of-00001.parquet"),
    "lambada_openai": ("lambada_openai", "data/lambada_test_en.jsonl"),
    "mmlu": ("mmlu", "all/test-00000-of-00001.parquet"),
    "xstorycloze_en": ("xstory_cloze", "en/eval-00000-of-00001.parquet"),
    "xstorycloze_zh": ("xstory_cloze", "zh/eval-00000-of-00001.parquet"),
    "xcopa_zh": ("xcopa", "zh/test-00000-of-00001.parquet"),
    "xwinograd_zh": ("xwinograd", "test/zh.jsonl"),
    "belebele_zho_hans": ("belebele", "data/zho_Hans.jsonl"),
}


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def datasets(alice_api: HfApi, hub_server: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one for each dataset, which are on the hub; one of them has a script beside its rows."""
    hub_server.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import Permission; from community.members.models import User; "
        f"User.objects.get(username={OWNER!r}).user_permissions.add(Permission.objects.get(codename='propose_suite'))",
    )
    folder = tmp_path_factory.mktemp("datasets")
    for task, (dataset, path) in FILES.items():
        write_rows(folder / dataset / path, ROWS[task])
    (folder / "hellaswag" / "hellaswag.py").write_text("raise SystemExit('a script of a dataset ran')\n")
    for dataset in sorted({dataset for dataset, _ in FILES.values()}):
        alice_api.create_repo(f"{OWNER}/{dataset}", repo_type="dataset")
        alice_api.upload_folder(repo_id=f"{OWNER}/{dataset}", folder_path=folder / dataset, repo_type="dataset")
    return folder


@pytest.fixture
def preview(alice_api: HfApi) -> Callable[[str, str], None]:
    def preview(version: str, repo_id: str) -> None:
        answer = httpx2.post(
            f"{alice_api.endpoint}/api/evaluation/suites/{version}/preview",
            json={"repos": [repo_id]},
            headers={"Authorization": f"Bearer {alice_api.token}"},
        )
        assert answer.raise_for_status().json() == {"models": 1}

    return preview


def test_scores_are_those_of_the_lm_eval_command(
    datasets: Path,
    upload: Callable[..., str],
    preview: Callable[[str, str], None],
    start_worker: Callable[..., subprocess.Popen[str]],
    run_of: Callable[[str], dict[str, Any]],
    alice_api: HfApi,
    hub_server: RunningHub,
    worker_env: dict[str, str],
    tmp_path: Path,
) -> None:
    said = hub_server.manage("suites", "pin", "standard-hub", "--namespace", OWNER)
    version = said.split()[0]
    repo_id = upload()
    env = worker_env | {"HUB_EVALUATION_DIR": str(tmp_path / "runs")}

    preview(version, repo_id)
    output, _ = start_worker(env).communicate(timeout=120)

    run = run_of(repo_id)
    assert (run["suite"]["name"], run["state"]) == ("standard-hub", "done"), run["failure"] or output
    record = httpx2.get(
        f"{alice_api.endpoint}/api/evaluation/records/{run['record']}",
        headers={"Authorization": f"Bearer {alice_api.token}"},
    ).json()
    found = {(score["task"], score["metric"]): score["value"] for score in record["scores"]}
    expected = lm_eval_scores(tmp_path / "checkpoint", datasets, tmp_path)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
    (kept,) = (tmp_path / "runs" / "suites").iterdir()
    assert len(list((kept / ".data").iterdir())) == len(FILES)

    alice_api.update_repo_settings(f"{OWNER}/super_glue", private=True, repo_type="dataset")
    (tmp_path / "runs" / "suites").rename(tmp_path / "elsewhere")
    other = upload()
    preview(version, other)
    output, _ = start_worker(env).communicate(timeout=120)
    failed = run_of(other)
    assert (failed["state"], failed["failure"]["class"]) == ("failed", "internal"), output
    assert failed["failure"]["reason"].startswith(
        f"boolq/validation-00000-of-00001.parquet of the dataset {OWNER}/super_glue, which the suite needs, could not "
        "be fetched from the hub: "
    )


def lm_eval_scores(checkpoint: Path, datasets: Path, folder: Path) -> dict[tuple[str, str], float]:
    """(task, metric) → value of the command with lm-eval's own task files, which are told where the rows are."""
    tasks = folder / "tasks"
    tasks.mkdir()
    for task, original in ORIGINALS.items():
        dataset, path = FILES[task]
        _redirect(tasks, task, LM_EVAL_TASKS / original, datasets / dataset / path)
    for row in ROWS["mmlu"]:
        rows = folder / f"{row['subject']}.parquet"
        write_rows(rows, [row])
        _redirect(tasks, f"mmlu_{row['subject']}", LM_EVAL_TASKS / MMLU.format(subject=row["subject"]), rows)
    options = ["--model", "hf", "--model_args", f"pretrained={checkpoint},dtype=float32", "--device", "cpu"]
    names = ",".join(f"own_{path.stem}" for path in tasks.glob("*.yaml"))
    options += ["--tasks", names, "--include_path", str(tasks), "--output_path", str(folder / "results")]
    run_python("lm_eval", "run", *options)
    (results,) = (folder / "results").rglob("results_*.json")
    found = {
        (task.removeprefix("own_"), metric.partition(",")[0]): value
        for task, metrics in json.loads(results.read_text(encoding="utf-8"))["results"].items()
        for metric, value in metrics.items()
        if "," in metric and "_stderr" not in metric
    }
    subjects = [found.pop((f"mmlu_{row['subject']}", "acc")) for row in ROWS["mmlu"]]
    return found | {("mmlu", "acc"): sum(subjects) / len(subjects)}


def _redirect(tasks: Path, name: str, original: Path, rows: Path) -> None:
    """A task file that is `original` but for its name and the file of its rows."""
    split = "validation" if "validation" in rows.name or "eval" in rows.name else "test"
    task = {
        "include": str(original),
        "task": f"own_{name}",
        "dataset_path": "parquet" if rows.suffix == ".parquet" else "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": {split: str(rows)}},
        "training_split": None,
        "validation_split": None,
        "fewshot_split": None,
        "test_split": split,
    }
    (tasks / f"{name}.yaml").write_text(json.dumps(task), encoding="utf-8")
