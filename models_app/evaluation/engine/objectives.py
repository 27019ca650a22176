"""What checkpoints were trained to do, measured on texts: what lm-eval does not know."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lm_eval.api.instance import Instance

from models_app.evaluation.engine.data import Source
from models_app.evaluation.engine.statistics import Estimate, mean_estimate, ratio_estimate


@dataclass
class ObjectiveTask:
    """`instances` are answered by the adapter's method that `kind` names, and hold its answers in ``resps``."""

    kind: str
    instances: list[Instance]

    def estimates(self) -> dict[str, Estimate]:
        """Metric → estimate, once every instance is answered."""
        return _METRICS[self.kind](self.instances)

    def item_values(self) -> tuple[list[float], list[float] | None]:
        """Of the primary metric, by instance: the values and, where it is a ratio, the weights."""
        return _ITEMS[self.kind](self.instances)


@cache
def load_objective(name: str, kind: str, data: Source, seed: int) -> ObjectiveTask:
    """The task `name` of one of the `OBJECTIVES`, on the rows in `data`: read once a process, before it forks."""
    rows = data.rows()
    arguments = _ARGUMENTS[kind]
    return ObjectiveTask(
        kind,
        [
            Instance(kind, row, arguments(row, f"{seed} {name} {index}"), index, (name, index, 1))
            for index, row in enumerate(rows)
        ],
    )


def _masked(instances: Sequence[Instance]) -> dict[str, Estimate]:
    """Texts are the sampling unit: masked tokens of one text are not independent."""
    clozes = [instance.resps[0] for instance in instances]
    tokens = [cloze.tokens for cloze in clozes]
    return {
        "bits_per_byte": ratio_estimate(*_bits(instances)),
        "masked_cross_entropy": ratio_estimate([-cloze.logprob for cloze in clozes], tokens),
        "masked_accuracy": ratio_estimate([cloze.hits for cloze in clozes], tokens),
    }


def _next_sentence(instances: Sequence[Instance]) -> dict[str, Estimate]:
    return {"acc": mean_estimate(_hits(instances)[0])}


def _bits(instances: Sequence[Instance]) -> tuple[list[float], list[float]]:
    found = [instance.resps[0] for instance in instances]
    return [-one.logprob / math.log(2) for one in found], [one.size for one in found]


def _hits(instances: Sequence[Instance]) -> tuple[list[float], None]:
    return [float(instance.resps[0] == instance.doc["follows"]) for instance in instances], None


def _target(instances: Sequence[Instance]) -> dict[str, Estimate]:
    found = [instance.resps[0] for instance in instances]
    return {
        "bits_per_byte": ratio_estimate(*_bits(instances)),
        "cross_entropy": ratio_estimate([-one.logprob for one in found], [one.tokens for one in found]),
    }


OBJECTIVES = ("masked_language_modelling", "next_sentence", "target_language_modelling")
_ARGUMENTS: dict[str, Callable[[Mapping[str, Any], str], tuple[str, str]]] = {
    "masked_language_modelling": lambda row, seed: (row["text"], seed),
    "next_sentence": lambda row, _seed: (row["first"], row["second"]),
    "target_language_modelling": lambda row, _seed: (row["source"], row["target"]),
}
_METRICS = {"masked_language_modelling": _masked, "next_sentence": _next_sentence, "target_language_modelling": _target}
_ITEMS: dict[str, Callable[[Sequence[Instance]], tuple[list[float], list[float] | None]]] = {
    "masked_language_modelling": _bits,
    "next_sentence": _hits,
    "target_language_modelling": _bits,
}
