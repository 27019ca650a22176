"""A new version of a suite out of an old one, as pure functions from files to files. No Django, no torch.

A change is plain JSON, so that a form, an API and a vote can carry it:

    {"change": "add", "task": name, "entry": {…}, "definition": "lm-eval's YAML", "rows": [{…}, …]}
    {"change": "retire", "task": name}
    {"change": "feature", "task": name, "featured": true}
    {"change": "reweight", "task": name, "weight": 2.0}

What comes out is checked like any other proposal (`checks`), so these functions only refuse what they cannot do.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from models_app.evaluation.suites.definitions import (
    SUITE_FILE,
    Files,
    InvalidDefinition,
    dump_yaml,
    load_yaml,
    task_path,
)

Change: TypeAlias = Mapping[str, Any]
_KEPT = {SUITE_FILE, "README.md", "LICENSE"}


def derive(files: Files, changes: Sequence[Change], *, version: int) -> dict[str, bytes]:
    """The files of a version (as `version`) after `changes`, in their order. Raises `InvalidDefinition`.

    Files that no task uses stay behind, such as the programs that wrote the data.
    """
    for change in changes:
        files = _changed(files, change)
    return numbered(_only_used(files, load_yaml(files[SUITE_FILE])), version)


def numbered(files: Files, version: int) -> dict[str, bytes]:
    """`files` as `version`."""
    return _with_content(files, load_yaml(files[SUITE_FILE]) | {"version": version})


def _changed(files: Files, change: Change) -> Files:
    arguments = dict(change) if isinstance(change, Mapping) else {}
    name = arguments.pop("change", "")
    if name not in list(_CHANGES):
        raise InvalidDefinition(f"A change is one of: {', '.join(_CHANGES)}.")
    try:
        return _CHANGES[name](files, **arguments)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidDefinition(f"The change {name!r} is not complete, or says what it cannot: {error}.") from error


def add_task(
    files: Files, *, task: str, entry: Mapping[str, Any], definition: str = "", rows: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    """`task` with its entry for ``suite.yaml`` (without ``data``), its task file (objectives have none) and rows."""
    content = load_yaml(files[SUITE_FILE])
    if task in content["tasks"]:
        raise InvalidDefinition(f"The suite has a task {task!r} already: retire it first, or choose another name.")
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path = f"data/{task}.jsonl"
    place = {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "rows": len(rows)}
    content["tasks"] = content["tasks"] | {task: {**entry, "data": place}}
    added = {path: data} | ({task_path(task): definition.encode()} if definition else {})
    return _with_content({**files, **added}, content)


def retire_task(files: Files, *, task: str) -> dict[str, bytes]:
    """Without `task`. Its results stay under the versions that have it."""
    content = load_yaml(files[SUITE_FILE])
    _entry(content, task)
    content["tasks"] = {name: entry for name, entry in content["tasks"].items() if name != task}
    return _with_content(files, content)


def feature_task(files: Files, *, task: str, featured: bool = True) -> dict[str, bytes]:
    """Show `task` on the leaderboard before somebody chooses columns, or no longer."""
    content = load_yaml(files[SUITE_FILE])
    _entry(content, task)["featured"] = featured
    return _with_content(files, content)


def reweight_task(files: Files, *, task: str, weight: float) -> dict[str, bytes]:
    """Another share in the overall score."""
    content = load_yaml(files[SUITE_FILE])
    _entry(content, task)["weight"] = weight
    return _with_content(files, content)


_CHANGES: Mapping[str, Callable[..., Files]] = {
    "add": add_task,
    "retire": retire_task,
    "feature": feature_task,
    "reweight": reweight_task,
}


def _entry(content: Mapping[str, Any], task: str) -> dict[str, Any]:
    entry: dict[str, Any] | None = content["tasks"].get(task)
    if entry is None:
        raise InvalidDefinition(f"The suite has no task {task!r}; it has {', '.join(content['tasks'])}.")
    return entry


def _with_content(files: Files, content: Mapping[str, Any]) -> dict[str, bytes]:
    return {**files, SUITE_FILE: dump_yaml(content)}


def _only_used(files: Files, content: Mapping[str, Any]) -> dict[str, bytes]:
    tasks = content["tasks"]
    used = _KEPT | {task_path(name) for name in tasks}
    used |= {entry["data"]["path"] for entry in tasks.values() if "path" in entry.get("data", {})}
    return {path: data for path, data in files.items() if path in used}
