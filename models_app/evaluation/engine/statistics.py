"""Estimates with their standard errors over the documents of a task."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sacrebleu.metrics.chrf import CHRF

_RESAMPLES = 1000
_NORMAL_95 = 1.96  # half-width of a 95 % interval in standard errors


@dataclass(frozen=True)
class Estimate:
    """`n` is the number of documents; `stderr` is None where it is not known."""

    value: float
    stderr: float | None
    n: int


@dataclass(frozen=True)
class KnownEstimate(Estimate):
    stderr: float


def mean_estimate(values: Sequence[float]) -> KnownEstimate:
    """The mean; its error is the sample standard deviation over √n, as lm-eval computes it."""
    n = len(values)
    value = math.fsum(values) / n
    variance = math.fsum((x - value) ** 2 for x in values) / max(1, n - 1)
    return KnownEstimate(value, math.sqrt(variance / n), n)


def ratio_estimate(numerators: Sequence[float], denominators: Sequence[float]) -> KnownEstimate:
    """Σy/Σx, the way corpus cross entropy is defined, with the linearized error of a ratio (Cochran 1977, 2.11).

    Documents are the sampling unit: tokens of one text are not independent.
    """
    n = len(numerators)
    total = math.fsum(denominators)
    value = math.fsum(numerators) / total
    squares = math.fsum((y - value * x) ** 2 for y, x in zip(numerators, denominators, strict=True))
    return KnownEstimate(value, math.sqrt(squares * n / max(1, n - 1)) / total, n)


def resampled_chrf(pairs: Sequence[tuple[str, str]]) -> float:
    """Standard error of corpus chrF over (reference, hypothesis) pairs, from sacrebleu's seeded bootstrap."""
    references, hypotheses = zip(*pairs, strict=True)
    score = CHRF().corpus_score(list(hypotheses), [list(references)], n_bootstrap=_RESAMPLES)
    return float(score._ci) / _NORMAL_95  # noqa: SLF001 (sacrebleu has no other way to read it)


def over_seeds(
    metric: Callable[[Sequence[str], Sequence[str]], float], answers: Sequence[str], seeds: Sequence[Sequence[str]]
) -> KnownEstimate:
    """The mean of `metric` over the predictions of several training runs, which `seeds` holds.

    Its error has two parts, of the items (the jackknife of the mean over seeds: leave one item out at a time; for a
    mean this is s²/n) and of the seeds (s²/S). What only one seed has wrong about one item is in both: the error is
    rather too large than too small.
    """
    n, values = len(answers), [metric(answers, predictions) for predictions in seeds]
    value = math.fsum(values) / len(seeds)
    without = [
        math.fsum(
            metric([*answers[:item], *answers[item + 1 :]], [*predictions[:item], *predictions[item + 1 :]])
            for predictions in seeds
        )
        / len(seeds)
        for item in range(n)
    ]
    middle = math.fsum(without) / n
    of_items = (n - 1) / n * math.fsum((x - middle) ** 2 for x in without)
    of_seeds = mean_estimate(values).stderr ** 2
    return KnownEstimate(value, math.sqrt(of_items + of_seeds), n)
