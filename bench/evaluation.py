"""The warm worker beside the whole ``lm_eval`` command, and our adapter beside lm-eval's own, on one checkpoint.

    python -m bench.evaluation [CHECKPOINT_FOLDER]

Without a folder a GPT-2 of half a million parameters is trained first (about half a minute). Both sides run the same
tasks on the same checkpoint; the scores that both have must agree to 1e-4, else this ends with an error. The worker
runs the whole suite in its sandbox; what the command cannot do, samples by five strategies and fine-tuning, takes the
time that the record says, and is first left out, then added.
"""

import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from bench.lm_eval_command import SUITE, THREADS, command_scores, run_python
from bench.table import Result, print_table
from bench.timing import best_of, clocked
from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.worker.folders import run_folder

ROUNDS = 3
TOLERANCE = 1e-4
GOAL = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)
        checkpoint = Path(sys.argv[1]) if len(sys.argv) > 1 else _train(base / "checkpoint")
        command, expected = best_of(ROUNDS, lambda: command_scores(checkpoint, base))
        sandbox = Sandbox("models_app.evaluation.engine.run")
        first, _ = clocked(lambda: _record(sandbox, checkpoint, base / "runs"))
        whole, record = best_of(ROUNDS, lambda: _record(sandbox, checkpoint, base / "runs"))
        sandbox.close()
        adapters = json.loads(run_python("bench.adapters", str(checkpoint)))
    found = {(score["task"], score["metric"]): score["value"] for score in record["scores"]}
    difference = max(abs(found[key] - expected[key]) for key in expected)
    print(f"{THREADS} threads, best of {ROUNDS}; suite standard v1: {len(expected)} scores on both sides\n")
    print_table(results(command, first, whole, record["timing"]) + adapter_results(adapters))
    print(f"\nlargest difference of a score: {difference:.1e}")
    if difference > TOLERANCE:
        sys.exit("The scores differ.")


def results(command: float, first: float, whole: float, parts: dict[str, float]) -> list[Result]:
    """`parts` has the seconds of the parts of the run that took `whole`."""
    with_samples = whole - parts["fine_tuning"]
    same_tasks = with_samples - parts["samples"]
    return [
        Result("lm_eval command", command, "s"),
        Result("our worker, warm: the same tasks", same_tasks, "s"),
        Result("… against the command", command / same_tasks, "x", least=GOAL),
        Result("… and samples by five strategies", with_samples, "s"),
        Result("… against the command, which writes none", command / with_samples, "x"),
        Result("… and fine-tuning: the whole suite", whole, "s"),
        Result("the whole suite, first run (starts the zygote)", first, "s"),
    ]


def adapter_results(seconds: dict[str, float]) -> list[Result]:
    """Scoring alone, everything loaded: the first is the plainest."""
    plain = next(iter(seconds.values()))
    return [Result(what, taken, "s", note=f"{plain / taken:.1f} x the plainest") for what, taken in seconds.items()]


def _record(sandbox: Sandbox, checkpoint: Path, base: Path) -> dict[str, Any]:
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
        return sandbox.run(request, seconds=3600, stop=threading.Event(), on_progress=lambda *_: None)


def _train(folder: Path) -> Path:
    text = folder.with_name("text.txt")
    text.write_text(
        "\n".join(path.read_text(encoding="utf-8") for path in sorted((SUITE / "prose").glob("*.txt"))) * 20
    )
    run_python("models_app.evaluation.engine.train", str(text), str(folder), "--steps", "100")
    return folder


if __name__ == "__main__":
    main()
