"""What a checkpoint got for each item of a task: enough to compare two models on the same items, and no more."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from lm_eval.api.metrics import bits_per_byte, chrf, mean
from sacrebleu.metrics.chrf import CHRF

from models_app.evaluation.engine.objectives import ObjectiveTask
from models_app.evaluation.engine.scoring import Task, by_document, items_sha256, results_of
from models_app.evaluation.rules import ITEM_HASH_DIGITS

_DIGITS = 6
_Items: TypeAlias = tuple[list[float], list[float] | None]


def item_scores(task: Task, metric: str) -> dict[str, Any] | None:
    """The primary `metric` of an answered task by item: ``values``, ``hashes`` and, for ratios, ``weights``.

    A mean is Σvalues / n, a ratio Σvalues / Σweights (bits per byte: bits and bytes). Of chrF they are the chrF of each
    item, whose mean is not the corpus score. ``hashes`` holds eight hexadecimal digits of the SHA-256 of each item's
    answers, rounded as in `scoring.items_sha256`, one after the other. None for other metrics.
    """
    found = task.item_values() if isinstance(task, ObjectiveTask) else _by_lm_eval(task, metric)
    if found is None:
        return None
    values, weights = found
    scores = scores_by_item(values, [[request.resps[0] for request in requests] for requests in by_document(task)])
    return scores if weights is None else scores | {"weights": [float(weight) for weight in weights]}


def scores_by_item(values: Sequence[float], answers: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """What a record keeps of the value and the answers that each item has."""
    return {
        "values": [round(float(value), _DIGITS) for value in values],
        "hashes": "".join(items_sha256(answer)[:ITEM_HASH_DIGITS] for answer in answers),
    }


def _by_lm_eval(task: Any, metric: str) -> _Items | None:
    aggregate = task.aggregation()[metric]
    results = [result[metric] for result in results_of(task)]
    if aggregate is mean:
        return results, None
    if aggregate is bits_per_byte:
        return [-loglikelihood / math.log(2) for loglikelihood, _ in results], [size for _, size in results]
    if aggregate is chrf:
        scorer = CHRF()
        return [scorer.sentence_score(written, [reference]).score for reference, written in results], None
    return None
