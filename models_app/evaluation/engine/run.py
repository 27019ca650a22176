"""One evaluation, from a folder of files to what a record says about them. Runs inside the sandbox."""

import logging
import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import transformers

from models_app.evaluation.engine.adapter import Adapter
from models_app.evaluation.engine.architecture import Architecture, read_architecture
from models_app.evaluation.engine.attention import attend
from models_app.evaluation.engine.batches import is_out_of_memory
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.downstream import downstream_of
from models_app.evaluation.engine.encoder_decoder import EncoderDecoderAdapter
from models_app.evaluation.engine.errors import EvaluationFailure, InvalidCheckpoint, OutOfMemory, Unsupported
from models_app.evaluation.engine.finetuning import Adapted, Recipe, adapt
from models_app.evaluation.engine.items import item_scores
from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.loading import DTYPES, Checkpoint, load_checkpoint
from models_app.evaluation.engine.masked import MaskedAdapter
from models_app.evaluation.engine.permutation import PermutationAdapter
from models_app.evaluation.engine.scoring import answer_requests, items_sha256, score_task
from models_app.evaluation.engine.tasks import tasks_of
from models_app.evaluation.suites.definitions import SUITES_DIR, Definition, read_definition

ADAPTERS: dict[str, type[Adapter]] = {
    adapter.family: adapter for adapter in (CausalAdapter, MaskedAdapter, PermutationAdapter, EncoderDecoderAdapter)
}
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "lm_eval", "sacrebleu")
Report = Callable[[dict[str, Any]], None]  # takes {"stage", "task", "done", "total"}
log = logging.getLogger(__name__)


@dataclass
class Timing:
    """Seconds of wall-clock time by part of the run."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - start, 3)


def suite(name: str, version: int, root: str | Path = SUITES_DIR) -> Definition:
    return read_definition(Path(root) / name / str(version))


def prepare(request: Mapping[str, Any]) -> None:
    """Before the fork: build the suite's requests, and import what a run would only import when it is confined.

    Not of a suite that came over the network (with a ``root``): only the sandbox renders templates of others.
    """
    for layout in LAYOUTS.values():
        for model_class in layout.model_classes:
            getattr(transformers, model_class)
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # imports a second's worth
    if "suite" in request and "root" not in request["suite"]:
        definition = suite(**request["suite"])
        tasks_of(definition)
        downstream_of(definition)


def perform(request: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """In the sandbox: one evaluation, or the ``attention`` to a text; without either, what machine there is."""
    torch.set_num_threads(int(request["threads"]))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if "attention" in request:
        with failures_told():
            return attend(Path(request["snapshot"]), **request["attention"], device=device, report=report)
    if "suite" not in request:
        return {
            "device": device,
            "gpu": torch.cuda.get_device_name() if device == "cuda" else None,
            "gpu_memory_bytes": torch.cuda.get_device_properties().total_memory if device == "cuda" else None,
            "versions": _versions(),
        }
    folder = Path(request["snapshot"])
    return evaluate(folder, suite(**request["suite"]), precision=request["precision"], device=device, report=report)


def evaluate(folder: Path, definition: Definition, *, precision: str, device: str, report: Report) -> dict[str, Any]:
    """What the suite `definition` finds out about the checkpoint in `folder`: a record without its identity.

    Raises `EvaluationFailure` of the class that fits. The fields are those of ``record.schema.json``.
    """
    if precision not in DTYPES:
        raise Unsupported(f"Precision {precision!r} is not known; known are {', '.join(DTYPES)}.")
    timing = Timing()
    content = definition.content
    with failures_told(), timing.part("total"):
        with timing.part("load"):
            report({"stage": "load", "task": "", "done": 0, "total": 1})
            architecture = _architecture(folder, content)
            checkpoint = load_checkpoint(folder, architecture, precision=precision, device=device)
        torch.manual_seed(int(content["seed"]))
        return _measure(checkpoint, definition, timing, report)


@contextmanager
def failures_told() -> Iterator[None]:
    """What a checkpoint can bring about inside becomes an `EvaluationFailure`; other errors are ours."""
    try:
        yield
    except EvaluationFailure:
        raise
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory("The checkpoint needs more memory than an evaluation may use.") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how Rust's faults arrive; the class cannot be imported
            raise
        raise InvalidCheckpoint(f"The tokenizer breaks on a text: {str(error)[:200]}.") from error


def _architecture(folder: Path, content: Mapping[str, Any]) -> Architecture:
    architecture = read_architecture(folder)
    if architecture.family not in content["families"] or architecture.family not in ADAPTERS:
        raise Unsupported(f"The suite has no tasks for {architecture.family} models yet.")
    return architecture


def _measure(checkpoint: Checkpoint, definition: Definition, timing: Timing, report: Report) -> dict[str, Any]:
    content, architecture = definition.content, checkpoint.architecture
    adapter = ADAPTERS[architecture.family](checkpoint, context_tokens=int(content["context_tokens"]))
    tasks = {name: task for name, task in tasks_of(definition).items() if _takes(content, name, architecture)}
    with timing.part("tasks"):
        answer_requests(adapter, tasks, partial(_tell, report, "tasks"))
    with timing.part("scores"):
        scores = [
            _score(name, metric, estimate, content["tasks"][name])
            for name, task in tasks.items()
            for metric, estimate in score_task(adapter, task, content["tasks"][name]).items()
        ]
        items = {name: item_scores(task, content["tasks"][name]["primary"]) for name, task in tasks.items()}
    report({"stage": "samples", "task": "", "done": 0, "total": 1})
    with timing.part("samples"):
        samples = adapter.write_samples(content)
    with timing.part("fine_tuning"):
        adapted = _adapt(adapter, definition, report)
    items |= {name: found.item_scores() for name, found in adapted.items()}
    scores += [
        _score(name, metric, estimate, content["tasks"][name])
        for name, found in adapted.items()
        for metric, estimate in found.estimates().items()
    ]
    return {
        "family": architecture.family,
        "architecture": architecture.facts(),
        "parameters": architecture.parameters,
        "precision": str(checkpoint.model.dtype).removeprefix("torch."),
        "device": _device_name(checkpoint.device),
        "batch_policy": adapter.batch_policy,
        "seed": int(content["seed"]),
        "versions": _versions(),
        "timing": timing.seconds,
        "scores": scores,
        "fine_tuning": {name: found.facts() for name, found in adapted.items()},
        "items": {name: items_sha256([request.resps[0] for request in task.instances]) for name, task in tasks.items()}
        | {name: items_sha256(found.predictions) for name, found in adapted.items() if found.courses},
        "item_scores": {name: found for name, found in items.items() if found is not None},
        "samples": samples,
    }


def _adapt(adapter: Adapter, definition: Definition, report: Report) -> dict[str, Adapted]:
    """Name → what came of each task that the checkpoint is fine-tuned for."""
    content, tell = definition.content, partial(_tell, report, "fine_tuning")
    return {
        name: adapt(adapter, task, Recipe.of(content), tell)
        for name, task in downstream_of(definition).items()
        if _takes(content, name, adapter.checkpoint.architecture)
    }


def _takes(content: Mapping[str, Any], name: str, architecture: Architecture) -> bool:
    """Whether a checkpoint is given the task `name`: its family takes it, and it has the head that the task needs."""
    entry = content["tasks"][name]
    needed = entry.get("needs")
    return architecture.family in entry.get("families", content["families"]) and needed in {
        None,
        "training",
        *architecture.heads_for,
    }


def _tell(report: Report, stage: str, task: str, done: int, total: int) -> None:
    report({"stage": stage, "task": task, "done": done, "total": total})


def _score(task: str, metric: str, estimate: Any, rule: Mapping[str, Any]) -> dict[str, Any]:
    stderr = estimate.stderr
    return {
        "task": task,
        "metric": metric,
        "value": estimate.value,
        "stderr": stderr if stderr is not None and math.isfinite(stderr) else None,
        "n": estimate.n,
        "higher_is_better": rule["metrics"][metric]["higher_is_better"],
        "primary": metric == rule["primary"],
    } | ({"signature": estimate.signature} if estimate.signature else {})


def _versions() -> dict[str, str]:
    return {package: metadata.version(package) for package in PACKAGES} | {"python": platform.python_version()}


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu, {torch.get_num_threads()} threads"
