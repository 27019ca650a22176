"""How long a queue of small checkpoints takes one worker, and two that share the machine.

    python -m bench.workers [CHECKPOINTS]

Workers are ``leyuan-worker`` processes, warm: the queue is paused until each has asked for work. One worker runs with
all cores and, for fairness, with one thread (small models gain little from a second); the better time counts.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from huggingface_hub import HfApi

from bench.table import Result, print_table
from models_app.evaluation.engine.sandbox.confinement import PROJECT
from tests.models_app.evaluation_engine.checkpoints import save_checkpoint
from tests.running_hub import RunningHub, stop

CORES = len(os.sched_getaffinity(0))
GOAL = 1.8
# Training would drown what a queue costs.
WITHOUT_TRAINING = """
import json
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites.proposals import derived
from models_app.evaluation.suites.versions import activate
suite = SuiteVersion.objects.get(active=True)
tasks = json.loads(suite.definition)["tasks"].items()
trained = [name for name, task in tasks if task.get("needs") == "training"]
changes = [{"change": "retire", "task": name} for name in trained]
activate(version=derived(base=suite, changes=changes, note="bench"), reason="bench")
"""
QUEUE_AGAIN = """
from models_app.evaluation.models import Run
from models_app.evaluation.services import queue_run
from models_app.repos.models import Repo
Run.objects.all().delete()
for repo in Repo.objects.all():
    queue_run(repo=repo)
"""
OPEN_AND_WAIT = """
import time
from models_app.evaluation import policy
from models_app.evaluation.models import Run, RunState
policy.resume()
start = time.monotonic()
left = Run.objects.exclude(state=RunState.DONE)
while left.exists():
    failed = left.filter(state=RunState.FAILED).first()
    assert failed is None, failed.failure_reason
    time.sleep(0.05)
print(time.monotonic() - start)
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)
        (base / "hub").mkdir()
        with RunningHub(base / "hub") as hub:
            hub.manage("prepare", "--token-file", str(base / "token"))
            hub.manage("shell", "-c", WITHOUT_TRAINING)
            _upload(hub, base, count)
            one = min(_seconds(hub, base, workers=1, threads=threads) for threads in {1, CORES})
            two = _seconds(hub, base, workers=2, threads=max(1, CORES // 2))
    print_table(results(one, two, count))


def results(one: float, two: float, count: int) -> list[Result]:
    return [
        Result(f"{count} small checkpoints, 1 worker", one, "s"),
        Result(f"{count} small checkpoints, 2 workers", two, "s"),
        Result("2 workers against 1", one / two, "x", least=GOAL),
    ]


def _upload(hub: RunningHub, base: Path, count: int) -> None:
    api = HfApi(endpoint=hub.url, token=hub.make_member("bench"))
    folder = save_checkpoint(base / "checkpoint")
    for number in range(count):
        api.create_repo(f"bench/tiny-{number}")
        api.upload_folder(repo_id=f"bench/tiny-{number}", folder_path=folder)


def _seconds(hub: RunningHub, base: Path, *, workers: int, threads: int) -> float:
    """From the moment that the queue opens until its last run is done."""
    hub.manage("evaluation", "pause")
    hub.manage("shell", "-c", QUEUE_AGAIN)
    with ExitStack() as stack:
        names = [stack.enter_context(_worker(hub, base, f"{workers}x{threads}-{n}", threads)) for n in range(workers)]
        while not set(names) <= {row["name"] for row in json.loads(hub.manage("workers", "--json"))}:
            time.sleep(0.1)
        done = hub.manage("shell", "-c", OPEN_AND_WAIT)
    return float(done.split()[-1])


@contextmanager
def _worker(hub: RunningHub, base: Path, name: str, threads: int) -> Iterator[str]:
    command = [sys.executable, "-m", "models_app.evaluation.worker", "--hub", hub.url, "--name", name]
    command += ["--token-file", str(base / "token"), "--folder", str(base / "runs"), "--threads", str(threads)]
    with (base / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([*command, "--poll", "0.1"], cwd=PROJECT, env={}, stdout=log, stderr=log)
    try:
        yield name
    finally:
        stop(process)


if __name__ == "__main__":
    main()
