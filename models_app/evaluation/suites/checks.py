"""May a proposed version of a suite be kept? Whole or not at all; every refusal is a sentence. No database here.

Files are data: nothing is imported, run or fetched from elsewhere. What the templates in task files do when they are
rendered is for the sandbox to bear (`engine.tasks`).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from hub.core.jsondata import TooComplex, storable
from models_app.evaluation.rules import Suite
from models_app.evaluation.schemas import problem_at, validator
from models_app.evaluation.suites.definitions import SUITE_FILE, Files, InvalidDefinition, load_yaml, task_path

MAX_FILES = 200
MAX_BYTES = 16 * 2**20  # of all files together
MAX_YAML_BYTES = 256 * 1024
MAX_ROWS = 50_000  # of all tasks together
# Of our own, without a task file.
OBJECTIVES = frozenset({"masked_language_modelling", "next_sentence", "target_language_modelling"})
# Of our own, without a task file; their metrics.
FINE_TUNED = {
    "classification": ("acc", "macro_f1"),
    "extraction": ("exact_match", "f1"),
    "translation": ("chrf", "bleu"),
}
_NEVER_PRIMARY = {"macro_f1", "bleu"}  # which say nothing of a single item
FINE_TUNED_FAMILIES = {
    "classification": {"causal", "masked", "permutation"},
    "extraction": {"causal", "masked", "permutation"},
    "translation": {"encoder-decoder"},
}
_SPLITS = {"train", "validation", "test"}
_PATH = re.compile(r"suite\.yaml|README\.md|LICENSE|tasks/[a-z0-9_]+\.yaml|data/[A-Za-z0-9_-]+\.jsonl")
_SUITE = validator(Path(__file__).with_name("suite.schema.json"))
_TASK = validator(Path(__file__).with_name("task.schema.json"))


def check_suite(files: Files) -> dict[str, Any]:
    """The parsed ``suite.yaml`` of `files`. Raises `InvalidDefinition`."""
    _check_sizes(files)
    if SUITE_FILE not in files:
        raise InvalidDefinition("A suite needs a suite.yaml.")
    content = _parsed(SUITE_FILE, files[SUITE_FILE])
    _check_schema(SUITE_FILE, _SUITE, content)
    _check_storable(content)
    try:
        Suite.of(content)
    except ValueError as error:
        raise InvalidDefinition(str(error)) from error
    if not any(entry.get("weight", 1.0) for entry in content["tasks"].values()):
        raise InvalidDefinition("At least one task needs a weight: the overall score would be empty.")
    if "fine_tuning" not in content and any(entry["kind"] in FINE_TUNED for entry in content["tasks"].values()):
        raise InvalidDefinition("Tasks that are fine-tuned for need the recipe: fine_tuning in suite.yaml.")
    for name, entry in content["tasks"].items():
        _check_families(name, entry, content["families"])
    rows = sum(_check_task(name, entry, files) for name, entry in content["tasks"].items())
    if rows > MAX_ROWS:
        raise InvalidDefinition(f"The tasks have {rows} rows together; at most {MAX_ROWS} are kept.")
    _check_all_used(files, content["tasks"])
    return content


def _check_sizes(files: Files) -> None:
    if len(files) > MAX_FILES:
        raise InvalidDefinition(f"There are {len(files)} files; a suite has at most {MAX_FILES}.")
    size = sum(map(len, files.values()))
    if size > MAX_BYTES:
        raise InvalidDefinition(f"The files have {size} bytes together; a suite has at most {MAX_BYTES}.")
    for path in files:
        if not _PATH.fullmatch(path):
            raise InvalidDefinition(
                f"{path[:200]} does not belong into a suite: it holds suite.yaml, tasks/*.yaml and data/*.jsonl, "
                f"besides README.md and LICENSE, and no programs.",
            )


def _parsed(path: str, source: bytes) -> dict[str, Any]:
    if len(source) > MAX_YAML_BYTES:
        raise InvalidDefinition(f"{path} is larger than {MAX_YAML_BYTES // 1024} KiB.")
    try:
        return load_yaml(source)
    except InvalidDefinition as error:
        raise InvalidDefinition(f"{path}: {error}") from error


def _check_schema(path: str, schema: Draft202012Validator, content: Mapping[str, Any]) -> None:
    problem = problem_at(schema, content, top="the top")
    if problem:
        raise InvalidDefinition(f"{path} at {problem}")


def _check_storable(content: Any) -> None:
    """Text that every database takes, and numbers that JSON knows."""
    try:
        same = storable(content) == content
    except TooComplex:
        same = False
    if not same:
        raise InvalidDefinition(f"{SUITE_FILE} is too large, or holds characters or numbers that cannot be kept.")


def _check_families(name: str, entry: Mapping[str, Any], families: Sequence[str]) -> None:
    """A task that is fine-tuned for names the families that have what it trains."""
    known = FINE_TUNED_FAMILIES.get(entry["kind"])
    if known and not set(entry.get("families", families)) <= known:
        raise InvalidDefinition(
            f"Task {name}: a task of kind {entry['kind']} is for the families {', '.join(sorted(known))}: name those."
        )


def _check_task(name: str, entry: Mapping[str, Any], files: Files) -> int:
    """The number of its rows."""
    path = task_path(name)
    rows = _check_hub_data(name, entry) if "repo" in entry["data"] else _check_own_data(name, entry, files)
    if entry["kind"] in OBJECTIVES | FINE_TUNED.keys():
        if path in files:
            raise InvalidDefinition(f"{path}: a task of kind {entry['kind']} has no task file.")
    elif path not in files:
        raise InvalidDefinition(f"Task {name}: {path} is missing.")
    else:
        _check_task_file(name, path, entry, files)
    return rows


def _check_task_file(name: str, path: str, entry: Mapping[str, Any], files: Files) -> None:
    config = _parsed(path, files[path])
    _check_schema(path, _TASK, config)
    if config["task"] != name:
        raise InvalidDefinition(f"{path}: the task must be called {name!r} as its file is.")
    declared = {metric["metric"]: metric["higher_is_better"] for metric in config["metric_list"]}
    primary = entry["primary"]
    if declared.get(primary) != entry["metrics"][primary]["higher_is_better"]:
        raise InvalidDefinition(f"{path}: metric_list must hold the primary metric {primary!r} as suite.yaml has it.")


def _check_own_data(name: str, entry: Mapping[str, Any], files: Files) -> int:
    rows = _rows(name, entry["data"], files)
    if entry["kind"] in FINE_TUNED:
        _check_fine_tuned(name, entry, rows)
    return len(rows)


def _check_hub_data(name: str, entry: Mapping[str, Any]) -> int:
    """Of rows in a dataset of the hub; whether they are there is for `hub_data` to see."""
    if entry["kind"] in FINE_TUNED:
        raise InvalidDefinition(f"Task {name}: rows to fine-tune on belong into the suite itself (data/*.jsonl).")
    data = entry["data"]
    rows = sum(file["rows"] for file in data["files"])
    if data["rows"] > rows:
        raise InvalidDefinition(f"Task {name}: its files have {rows} rows; suite.yaml says {data['rows']}.")
    return int(data["rows"])


def _rows(name: str, data: Mapping[str, Any], files: Files) -> list[dict[str, Any]]:
    """The rows of the task `name`, which its `data` describes."""
    content = files.get(data["path"])
    if content is None:
        raise InvalidDefinition(f"Task {name}: {data['path']} is missing.")
    if hashlib.sha256(content).hexdigest() != data["sha256"]:
        raise InvalidDefinition(f"Task {name}: {data['path']} has another sha256 than suite.yaml says.")
    lines = content.splitlines()
    if len(lines) != data["rows"]:
        raise InvalidDefinition(f"Task {name}: {data['path']} has {len(lines)} rows; suite.yaml says {data['rows']}.")
    return [_row(line, f"Task {name}: line {number} of {data['path']}") for number, line in enumerate(lines, start=1)]


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidDefinition(f"{place} is no JSON object.") from error
    if not isinstance(row, dict):
        raise InvalidDefinition(f"{place} is no JSON object.")
    return row


def _check_fine_tuned(name: str, entry: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    known = FINE_TUNED[entry["kind"]]
    if entry.get("needs") != "training":
        raise InvalidDefinition(f"Task {name}: a task of kind {entry['kind']} needs: training.")
    if entry["primary"] in _NEVER_PRIMARY or not set(entry["metrics"]) <= set(known):
        raise InvalidDefinition(f"Task {name}: its metrics are {' and '.join(known)}, the first of them primary.")
    splits = Counter(str(row.get("split")) for row in rows)
    if splits.keys() != _SPLITS:
        raise InvalidDefinition(f"Task {name}: its rows need a split each, which is train, validation or test.")
    if splits["test"] == 1:
        raise InvalidDefinition(f"Task {name}: a standard error needs at least two rows of the split test.")
    for number, row in enumerate(rows, start=1):
        if not _fits(entry, row):
            raise InvalidDefinition(f"Task {name}: row {number} is none of kind {entry['kind']} (docs/evaluation.md).")


def _fits(entry: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if entry["kind"] == "classification":
        return _is_labelled(row, entry.get("labels", []))
    return _is_translated(row) if entry["kind"] == "translation" else _is_answered(row)


def _is_translated(row: Mapping[str, Any]) -> bool:
    texts = (row.get("source"), row.get("target"), row.get("task", "translation"))
    return all(isinstance(text, str) and text for text in texts)


def _is_labelled(row: Mapping[str, Any], labels: Sequence[str]) -> bool:
    return bool(isinstance(row.get("text"), str) and row["text"] and row.get("label") in labels)


def _is_answered(row: Mapping[str, Any]) -> bool:
    if not all(isinstance(row.get(key), str) and row[key] for key in ("question", "context", "answer")):
        return False
    start = row.get("start")
    return isinstance(start, int) and start >= 0 and row["context"].startswith(row["answer"], start)


def _check_all_used(files: Files, tasks: Mapping[str, Any]) -> None:
    used = {task_path(name) for name in tasks}
    used |= {entry["data"]["path"] for entry in tasks.values() if "path" in entry["data"]}
    left = sorted(path for path in files if "/" in path and path not in used)
    if left:
        raise InvalidDefinition(f"No task uses {left[0]}: leave it out, or name a task after it.")
