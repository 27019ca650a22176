"""Run a suite's tasks through an adapter and turn what comes back into scores with standard errors."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import rfc8785
from lm_eval.api.instance import Instance
from lm_eval.api.metrics import bits_per_byte, mean
from lm_eval.api.task import ConfigurableTask

from models_app.evaluation.engine.objectives import ObjectiveTask
from models_app.evaluation.engine.statistics import (
    Estimate,
    corpus_estimate,
    corpus_metric,
    mean_estimate,
    ratio_estimate,
)

if TYPE_CHECKING:
    from models_app.evaluation.engine.adapter import Adapter
    from models_app.evaluation.engine.causal import CausalAdapter

Task: TypeAlias = ConfigurableTask | ObjectiveTask
Tell = Callable[[str, int, int], None]  # (task, requests done, requests in all)


def answer_requests(adapter: "Adapter", tasks: Mapping[str, Task], tell: Tell) -> None:
    """Let the adapter answer every request of `tasks`."""
    total = sum(len(task.instances) for task in tasks.values())
    before = 0
    for name, task in tasks.items():
        requests = task.instances
        adapter.on_progress = partial(_tell, tell, name, (before, len(requests), total))
        for request, answer in zip(requests, getattr(adapter, requests[0].request_type)(requests), strict=True):
            request.resps = [answer]
        before += len(requests)


def _tell(tell: Tell, name: str, counts: tuple[int, int, int], done: int, rows: int) -> None:
    """An adapter counts rows, in which requests may share a context; people are told of requests."""
    before, requests, total = counts
    tell(name, before + requests * done // rows, total)


def score_task(adapter: "Adapter", task: Task, rule: Mapping[str, Any]) -> dict[str, Estimate]:
    """Metric → estimate of one answered task, for the metrics of its `rule` in the suite.

    Values are lm-eval's own but for objectives; a metric that has no finite value (the perplexity of a hopeless
    model) is left out.
    """
    found = task.estimates() if isinstance(task, ObjectiveTask) else _by_lm_eval(adapter, task, rule)
    return {name: found[name] for name in rule["metrics"] if name in found and math.isfinite(found[name].value)}


def _by_lm_eval(adapter: "Adapter", task: ConfigurableTask, rule: Mapping[str, Any]) -> dict[str, Estimate]:
    items = results_of(task)
    found: dict[str, Estimate] = {}
    for name in rule["metrics"]:
        values = [item[name] for item in items if name in item]
        if name in ("chrf", "bleu"):
            found[name] = corpus_estimate(corpus_metric(name, rule.get("language", "")), values)
        elif values:
            found[name] = _estimate(task, name, values)
    if "cross_entropy" in rule["metrics"]:
        found |= _per_token(cast("CausalAdapter", adapter), task, items)
    return found


def items_sha256(answers: Sequence[Any]) -> str:
    """Hash of the canonical JSON of all answers to a task, rounded to what two machines agree on (1e-4)."""
    return hashlib.sha256(rfc8785.dumps([_rounded(answer) for answer in answers])).hexdigest()


def by_document(task: Task) -> list[list[Instance]]:
    """The requests of each document of `task`."""
    requests: dict[int, list[Instance]] = {}
    for request in task.instances:
        requests.setdefault(int(request.doc_id), []).append(request)
    return list(requests.values())


def results_of(task: ConfigurableTask) -> list[dict[str, Any]]:
    """The metrics of every document, by lm-eval's filters and `process_results`."""
    task.apply_filters()
    name = next(iter(task.instances[0].filtered_resps))
    return [
        task.process_results(requests[0].doc, [request.filtered_resps[name] for request in requests])
        for requests in by_document(task)
    ]


def _estimate(task: ConfigurableTask, metric: str, values: Sequence[Any]) -> Estimate:
    aggregate = task.aggregation()[metric]
    value = float(aggregate(values))
    if aggregate is mean:
        return mean_estimate(values)
    if aggregate is bits_per_byte:
        stderr = ratio_estimate([-loglikelihood for loglikelihood, _ in values], [size for _, size in values]).stderr
        return Estimate(value, stderr / math.log(2), len(values))
    return Estimate(value, None, len(values))


def _per_token(
    adapter: "CausalAdapter", task: ConfigurableTask, items: Sequence[Mapping[str, Any]]
) -> dict[str, Estimate]:
    """Cross entropy (nats per token of the checkpoint's own tokenizer) and its exponential."""
    losses = [-item["bits_per_byte"][0] for item in items]
    entropy = ratio_estimate(losses, [len(adapter.text_tokens(request.args[0])) for request in task.instances])
    try:
        perplexity = math.exp(entropy.value)
    except OverflowError:
        perplexity = math.inf
    return {
        "cross_entropy": entropy,
        "perplexity": Estimate(perplexity, perplexity * entropy.stderr, entropy.n),  # delta method
    }


def _rounded(answer: Any) -> Any:
    if isinstance(answer, float):
        return round(answer, 4)
    if isinstance(answer, tuple):
        return [_rounded(part) for part in answer]
    return answer
