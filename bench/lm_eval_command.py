"""The ``lm_eval`` command on the standard suite's task files: what a person would type, and what it finds."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from models_app.evaluation.engine.architecture import Architecture, read_architecture
from models_app.evaluation.engine.sandbox.client import ENVIRONMENT
from models_app.evaluation.engine.sandbox.confinement import PROJECT
from models_app.evaluation.suites.definitions import SUITES_DIR, read_definition

SUITE = SUITES_DIR / "standard" / "1"
THREADS = len(os.sched_getaffinity(0))
Scores = dict[tuple[str, str], float]


def command_scores(checkpoint: Path, folder: Path) -> Scores:
    """(task, metric) → value, with files in `folder`; without the bootstrap, which only costs the command time.

    Of an encoder–decoder one source at a time: batches are padded on the left, which moves BART's positions.
    """
    architecture = read_architecture(checkpoint)
    seq2seq = architecture.family == "encoder-decoder"
    results, tasks = folder / "results", folder / "tasks"
    shutil.rmtree(results, ignore_errors=True)
    tasks.mkdir(exist_ok=True)
    names = task_names(architecture.family)
    for name in names:
        (tasks / f"{name}.yaml").write_text(json.dumps(_task(name, seq2seq=seq2seq)), encoding="utf-8")
    model = f"pretrained={checkpoint},dtype=float32"
    if seq2seq:
        model += f",backend=seq2seq,max_length={_context(architecture)}"
    options = ["--model", "hf", "--model_args", model, "--device", "cpu", "--batch_size", "1" if seq2seq else "16"]
    options += ["--tasks", ",".join(names), "--include_path", str(tasks), "--output_path", str(results)]
    run_python("lm_eval", "run", *options)
    (path,) = results.rglob("results_*.json")
    content = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        (task, metric.partition(",")[0]): value
        for task, metrics in content.items()
        for metric, value in metrics.items()
        if "," in metric and "_stderr" not in metric and (task, metric) != ("translation_en_zh", "bleu,strip")
    }


def task_names(family: str) -> list[str]:
    """The tasks of the suite for `family` that lm-eval has files of."""
    content = read_definition(SUITE).content
    names = sorted(path.stem for path in (SUITE / "tasks").glob("*.yaml"))
    return [name for name in names if family in content["tasks"][name].get("families", content["families"])]


def _task(name: str, *, seq2seq: bool) -> dict[str, Any]:
    """A task file for lm-eval alone, which has to be told where the rows are.

    For encoder–decoders it adds the length of the source to what may be written, unless it is told a ``max_length``.
    """
    data = read_definition(SUITE).content["tasks"][name]["data"]["path"]
    task: dict[str, Any] = yaml.safe_load((SUITE / "tasks" / f"{name}.yaml").read_text(encoding="utf-8"))
    if seq2seq and "generation_kwargs" in task:
        task["generation_kwargs"]["max_length"] = task["generation_kwargs"]["max_gen_toks"] + 1
    return task | {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(SUITE / data)}}}


def _context(architecture: Architecture) -> int:
    limit = int(read_definition(SUITE).content["context_tokens"])
    return min(limit, architecture.context or limit)


def run_python(module: str, *arguments: str) -> str:
    """What ``python -m module arguments`` prints. Ends the process with its errors where it fails."""
    environment = ENVIRONMENT | {
        "PATH": os.environ["PATH"],
        "HF_HOME": tempfile.gettempdir(),
        "OMP_NUM_THREADS": str(THREADS),
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout
