"""A suite's tasks, loaded by lm-eval from its task files, with all requests built: once a process, before it forks."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager

from models_app.evaluation.definitions import Definition
from models_app.evaluation.engine.objectives import OBJECTIVES, ObjectiveTask, load_objective


@cache
def load_tasks(folder: Path, names: tuple[str, ...]) -> dict[str, ConfigurableTask]:
    """Name → task, in the order of `names`. The task files are trusted: they belong to the installation."""
    logging.getLogger("lm_eval").setLevel(logging.ERROR)  # it explains each task's loading at length
    manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
    loaded: dict[str, Any] = manager.load(list(names))["tasks"]
    for task in loaded.values():
        # Plain rows: Arrow's thread pool does not survive a fork.
        task.dataset = {split: list(rows) for split, rows in task.dataset.items()}
        task.build_all_requests()
    return {name: loaded[name] for name in names}


def tasks_of(definition: Definition) -> dict[str, ConfigurableTask | ObjectiveTask]:
    """Every task of the suite, in its order."""
    entries, seed = definition.content["tasks"], int(definition.content["seed"])
    theirs = load_tasks(definition.folder, tuple(name for name in entries if entries[name]["kind"] not in OBJECTIVES))
    return {
        name: theirs[name]
        if name in theirs
        else load_objective(name, entry["kind"], definition.folder / entry["data"]["path"], seed)
        for name, entry in entries.items()
    }
