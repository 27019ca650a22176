"""The warm worker beside the whole ``lm_eval`` command, and our adapter beside lm-eval's own, on one checkpoint.

    python -m bench.evaluation [CHECKPOINT_FOLDER]

Without a folder a GPT-2 of half a million parameters is trained first (about half a minute). Both sides run the same
tasks on the same checkpoint; the scores that both have must agree to 1e-4, else this ends with an error. The worker's
time is that of a whole run in its sandbox, samples included; the command writes none.
"""

import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from bench.lm_eval_command import SUITE, THREADS, Scores, command_scores, run_python
from bench.timing import best_of, clocked
from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.worker.folders import run_folder

ROUNDS = 3
TOLERANCE = 1e-4


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)
        checkpoint = Path(sys.argv[1]) if len(sys.argv) > 1 else _train(base / "checkpoint")
        command, expected = best_of(ROUNDS, lambda: command_scores(checkpoint, base))
        sandbox = Sandbox("models_app.evaluation.engine.run")
        cold, _ = clocked(lambda: _run_worker(sandbox, checkpoint, base / "runs"))
        warm, found = best_of(ROUNDS, lambda: _run_worker(sandbox, checkpoint, base / "runs"))
        sandbox.close()
        difference = max(abs(found[key] - expected[key]) for key in expected)
        adapters = json.loads(run_python("bench.adapters", str(checkpoint)))
    print(f"{THREADS} threads, best of {ROUNDS}; suite standard v1: {len(expected)} scores on both sides")
    print(f"{'':44}{'seconds':>9}{'ratio':>8}")
    print(f"{'lm_eval command, tasks only':44}{command:9.2f}{1:8.1f}")
    print(f"{'our worker, first run (starts the zygote)':44}{cold:9.2f}{command / cold:8.1f}")
    print(f"{'our worker, warm, with all samples':44}{warm:9.2f}{command / warm:8.1f}")
    plain = next(iter(adapters.values()))
    for label, seconds in adapters.items():
        print(f"{label:44}{seconds:9.2f}{plain / seconds:8.1f}")
    print(f"largest difference of a score: {difference:.1e}")
    if difference > TOLERANCE:
        sys.exit("The scores differ.")


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


def _train(folder: Path) -> Path:
    text = folder.with_name("text.txt")
    text.write_text(
        "\n".join(path.read_text(encoding="utf-8") for path in sorted((SUITE / "prose").glob("*.txt"))) * 20
    )
    run_python("models_app.evaluation.engine.train", str(text), str(folder), "--steps", "100")
    return folder


if __name__ == "__main__":
    main()
