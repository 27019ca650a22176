"""Seconds that scoring alone takes, everything loaded: lm-eval's adapter and ours. Called by ``bench.evaluation``."""

import contextlib
import io
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from bench.lm_eval_command import task_names
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.run import ADAPTERS, suite
from models_app.evaluation.engine.tasks import tasks_of

ROUNDS = 3


def main() -> None:
    folder = Path(sys.argv[1])
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    definition = suite("standard", 1)
    requests: dict[str, list[Instance]] = defaultdict(list)
    family = checkpoint.architecture.family
    tasks = tasks_of(definition)
    for name in task_names(family):
        requests[tasks[name].instances[0].request_type] += tasks[name].instances
    backend = "seq2seq" if family == "encoder-decoder" else "causal"

    def theirs(batch_size: int) -> Callable[[], Any]:
        return lambda: HFLM(
            checkpoint.model, backend=backend, tokenizer=checkpoint.tokenizer, batch_size=batch_size, device="cpu"
        )

    def ours() -> Any:
        return ADAPTERS[family](checkpoint, context_tokens=definition.content["context_tokens"])

    makers = {"lm-eval's adapter, batch 1": theirs(1), "lm-eval's adapter, batch 16": theirs(16), "our adapter": ours}
    with contextlib.redirect_stdout(io.StringIO()):
        seconds = {label: min(_time(make(), requests) for _ in range(ROUNDS)) for label, make in makers.items()}
    print(json.dumps(seconds))


def _time(adapter: Any, requests: dict[str, list[Instance]]) -> float:
    start = time.monotonic()
    for phase, instances in requests.items():
        getattr(adapter, phase)(instances, disable_tqdm=True)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
