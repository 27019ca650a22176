"""A suite's tasks in lm-eval's format, with all requests built. Task files are data: nothing in them is run or fetched.

Their templates are another matter: lm-eval renders them by plain Jinja, which can reach all of Python. So tasks of a
suite that came over the network are only built in the sandbox (`run.prepare`).
"""

import logging
from functools import cache
from pathlib import Path

import datasets
from lm_eval.api.task import ConfigurableTask

from models_app.evaluation.engine.data import Source, source_of
from models_app.evaluation.engine.downstream import ANSWERS
from models_app.evaluation.engine.objectives import OBJECTIVES, ObjectiveTask, load_objective
from models_app.evaluation.suites.definitions import Definition, load_yaml


@cache
def load_task(file: Path, data: Source) -> ConfigurableTask:
    """The task in `file` on the rows in `data`, which are its split ``test``."""
    logging.getLogger("lm_eval").setLevel(logging.ERROR)  # it explains each task's loading at length
    rows = data.rows()
    config = load_yaml(file.read_bytes())  # which knows no `!function`
    task = ConfigurableTask(config=config | {"custom_dataset": lambda **_: {"test": datasets.Dataset.from_list(rows)}})
    # Plain rows: Arrow's thread pool does not survive a fork.
    task.dataset = {split: list(rows) for split, rows in task.dataset.items()}
    task.build_all_requests()
    return task


def tasks_of(definition: Definition) -> dict[str, ConfigurableTask | ObjectiveTask]:
    """Every task of the suite that a checkpoint answers as it is, in its order."""
    folder, seed = definition.folder, int(definition.content["seed"])
    return {
        name: load_objective(name, entry["kind"], source_of(definition, entry["data"]), seed)
        if entry["kind"] in OBJECTIVES
        else load_task(folder / "tasks" / f"{name}.yaml", source_of(definition, entry["data"]))
        for name, entry in definition.content["tasks"].items()
        if entry["kind"] not in ANSWERS
    }
