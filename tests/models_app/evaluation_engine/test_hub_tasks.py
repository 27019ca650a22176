"""The templates of ``standard-hub`` ask word for word what lm-eval's own task files ask."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

from models_app.evaluation.engine.data import Source, source_of
from models_app.evaluation.engine.errors import Internal
from models_app.evaluation.engine.run import evaluate
from models_app.evaluation.engine.tasks import load_task
from models_app.evaluation.suites.definitions import SUITES_DIR, Definition, hub_file
from models_app.evaluation.suites.pinning import templates
from tests.models_app.evaluation_engine.hub_tasks import LM_EVAL_TASKS, MMLU, ORIGINALS, ROWS

FOLDER = SUITES_DIR / "standard-hub"
FAMILIES = templates()["standard-hub"]["families"]
TASKS = templates()["standard-hub"]["tasks"]


def test_every_task_has_rows_here() -> None:
    assert ROWS.keys() == TASKS.keys() == ORIGINALS.keys() | {"mmlu"}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_prompts_choices_and_answers_are_those_of_lm_eval(name: str, tmp_path: Path) -> None:
    table = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS[name]), table)
    source = Source(((table, len(ROWS[name])),), tuple(TASKS[name]["data"]["columns"]))
    ours = load_task(FOLDER / "tasks" / f"{name}.yaml", source)
    theirs = [_by_lm_eval(name, row) for row in ROWS[name]]
    assert [_asked(ours, number) for number in range(len(theirs))] == [_asked(task, 0) for task in theirs]


def _asked(task: ConfigurableTask, number: int) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of the requests for a row, and what is made of answers of which the first is the likeliest."""
    requests = [request for request in task.instances if request.doc_id == number]
    answers = [(-float(place), False) for place in range(len(requests))]
    return [request.args for request in requests], task.process_results(requests[0].doc, answers)


def _by_lm_eval(name: str, row: dict[str, Any]) -> ConfigurableTask:
    """lm-eval's own task, on one row."""
    path = MMLU.format(subject=row["subject"]) if name == "mmlu" else ORIGINALS[name]
    config = load_yaml(LM_EVAL_TASKS / path, resolve_func=True)
    rows = datasets.Dataset.from_list([row])
    splits = {config[key] for key in config if key.endswith("_split") and config[key]}
    for name_of_data in ("dataset_path", "dataset_name"):
        config.pop(name_of_data, None)
    task = ConfigurableTask(config=config | {"custom_dataset": lambda **_: dict.fromkeys(splits, rows)})
    task.build_all_requests()
    return task


def test_rows_that_are_not_what_the_suite_says(tmp_path: Path) -> None:
    table, lines = tmp_path / "rows.parquet", tmp_path / "rows.jsonl"
    pq.write_table(pa.Table.from_pylist(ROWS["boolq"]), table)
    lines.write_text("".join(json.dumps(row) + "\n\n" for row in ROWS["boolq"]), encoding="utf-8")
    for path in (table, lines):
        assert Source(((path, 2), (path, 2)), ("label",), 3).rows() == [{"label": 1}, {"label": 0}, {"label": 1}]
        with pytest.raises(Internal, match="has 2 rows, but the suite says 3"):
            Source(((path, 3),)).rows()
        with pytest.raises(Internal, match="cannot be read: 'answer'"):
            Source(((path, 2),), ("answer",)).rows()
        path.write_bytes(b"PAR1 {")
        with pytest.raises(Internal, match="cannot be read"):
            Source(((path, 2),)).rows()


def test_files_of_datasets_lie_beside_the_suite(tmp_path: Path) -> None:
    data = {
        "repo": "a/b",
        "commit": "c" * 40,
        "files": [{"path": "x/y.parquet", "sha256": "d" * 64, "size": 1, "rows": 5}],
        "columns": ["text"],
        "rows": 3,
    }
    definition = Definition("standard-hub", 2, "e" * 64, {}, tmp_path)
    assert source_of(definition, data) == Source(((tmp_path / ".data" / f"{'d' * 64}.parquet", 5),), ("text",), 3)


@pytest.mark.parametrize("model_type", ["bert", "xlnet", "t5"])
def test_every_family_takes_its_tasks(
    model_type: str, checkpoint_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    content = templates()["standard-hub"] | {"version": 1}
    for name, entry in content["tasks"].items():
        file = {"path": "rows.parquet", "sha256": name, "size": 1, "rows": len(ROWS[name])}
        entry["data"] |= {"files": [file], "rows": len(ROWS[name])}
        (tmp_path / hub_file(file)).parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(ROWS[name]), tmp_path / hub_file(file))
    (tmp_path / "tasks").symlink_to(FOLDER / "tasks")
    definition = Definition("standard-hub", 1, "e" * 64, content, tmp_path)

    found = evaluate(
        checkpoint_folder(model_type), definition, precision="float32", device="cpu", report=lambda _: None
    )

    taken = [name for name, entry in content["tasks"].items() if found["family"] in entry.get("families", FAMILIES)]
    assert list(dict.fromkeys(score["task"] for score in found["scores"])) == taken
    assert (len(taken), found["samples"]) == (11 if model_type == "bert" else 14, [])
