"""The warm worker beside the whole ``lm_eval`` command, and our adapter beside lm-eval's own, on one checkpoint.

    python -m bench.evaluation [CHECKPOINT_FOLDER]

Without a folder a GPT-2 of half a million parameters is trained first (about half a minute). Both sides run the same
tasks on the same checkpoint; the scores that both have must agree to 1e-4, else this ends with an error. The worker's
time is that of a whole run in its sandbox, samples included; the command writes none.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models_app.evaluation.definitions import SUITES_DIR, read_definition
from models_app.evaluation.engine.sandbox.client import ENVIRONMENT, Sandbox
from models_app.evaluation.engine.sandbox.confinement import PROJECT
from models_app.evaluation.worker.folders import run_folder

SUITE = SUITES_DIR / "standard" / "1"
THREADS = len(os.sched_getaffinity(0))
ROUNDS = 3
TOLERANCE = 1e-4
Scores = dict[tuple[str, str], float]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)
        checkpoint = Path(sys.argv[1]) if len(sys.argv) > 1 else _train(base / "checkpoint")
        command, expected = _best(lambda: _run_command(checkpoint, base / "results"))
        sandbox = Sandbox("models_app.evaluation.engine.run")
        start = time.monotonic()
        _run_worker(sandbox, checkpoint, base / "runs")
        cold = time.monotonic() - start
        warm, found = _best(lambda: _run_worker(sandbox, checkpoint, base / "runs"))
        sandbox.close()
        difference = max(abs(found[key] - expected[key]) for key in expected)
        adapters = json.loads(_python("bench.adapters", str(checkpoint)))
    print(f"{THREADS} threads, best of {ROUNDS}; suite standard v1: {len(expected)} scores on both sides")
    print(f"{'':44}{'seconds':>9}{'ratio':>8}")
    print(f"{'lm_eval command, tasks only':44}{command:9.2f}{1:8.1f}")
    print(f"{'our worker, first run (starts the zygote)':44}{cold:9.2f}{command / cold:8.1f}")
    print(f"{'our worker, warm, with 50 samples':44}{warm:9.2f}{command / warm:8.1f}")
    plain = next(iter(adapters.values()))
    for label, seconds in adapters.items():
        print(f"{label:44}{seconds:9.2f}{plain / seconds:8.1f}")
    print(f"largest difference of a score: {difference:.1e}")
    if difference > TOLERANCE:
        sys.exit("The scores differ.")


def _best(run: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest wall-clock time of several runs, and the last result."""
    times = []
    for _ in range(ROUNDS):
        start = time.monotonic()
        result = run()
        times.append(time.monotonic() - start)
    return min(times), result


def _run_worker(sandbox: Sandbox, checkpoint: Path, base: Path) -> Scores:
    with run_folder(base) as folder:
        shutil.copytree(checkpoint, folder / "snapshot", dirs_exist_ok=True)
        request = {
            "snapshot": str(folder / "snapshot"),
            "scratch": str(folder / "scratch"),
            "limits": {"memory_bytes": 4 * 2**30, "cpu_seconds": 3600, "gpu": False},
            "threads": THREADS,
            "precision": "float32",
            "suite": {"name": "standard", "version": 1},
        }
        record = sandbox.run(request, seconds=3600, stop=threading.Event(), on_progress=lambda *_: None)
    return {(score["task"], score["metric"]): score["value"] for score in record["scores"]}


def _run_command(checkpoint: Path, results: Path) -> Scores:
    """What a person would type; without its bootstrap, which only costs it time."""
    shutil.rmtree(results, ignore_errors=True)
    tasks = results.with_name("tasks")
    names = _write_task_files(tasks)
    model = f"pretrained={checkpoint},dtype=float32"
    options = ["--model", "hf", "--model_args", model, "--device", "cpu", "--batch_size", "16"]
    options += ["--tasks", ",".join(names), "--include_path", str(tasks), "--output_path", str(results)]
    _python("lm_eval", "run", *options)
    (path,) = results.rglob("results_*.json")
    content = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        (task, metric.partition(",")[0]): value
        for task, metrics in content.items()
        for metric, value in metrics.items()
        if "," in metric and "_stderr" not in metric
    }


def _write_task_files(folder: Path) -> list[str]:
    """The suite's task files for lm-eval alone, which has to be told where the rows are; gives their names."""
    folder.mkdir(exist_ok=True)
    entries = read_definition(SUITE).content["tasks"]
    names = sorted(path.stem for path in (SUITE / "tasks").glob("*.yaml"))
    for name in names:
        rows = json.dumps({"data_files": {"test": str(SUITE / entries[name]["data"]["path"])}})
        file = (SUITE / "tasks" / f"{name}.yaml").read_text(encoding="utf-8")
        (folder / f"{name}.yaml").write_text(f"{file}dataset_path: json\ndataset_kwargs: {rows}\n", encoding="utf-8")
    return names


def _python(module: str, *arguments: str) -> str:
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


def _train(folder: Path) -> Path:
    text = folder.with_name("text.txt")
    text.write_text(
        "\n".join(path.read_text(encoding="utf-8") for path in sorted((SUITE / "prose").glob("*.txt"))) * 20
    )
    _python("models_app.evaluation.engine.train", str(text), str(folder), "--steps", "100")
    return folder


if __name__ == "__main__":
    main()
