"""Estimates with their standard errors over the documents of a task."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import stdev
from typing import Any

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import _bootstrap_resample

_RESAMPLES = 1000


@dataclass(frozen=True)
class Estimate:
    """`n` is the number of documents; `stderr` is None where it is not known.

    `signature` is sacrebleu's: all that has to be known to get the same value again.
    """

    value: float
    stderr: float | None
    n: int
    signature: str | None = None


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


def corpus_metric(name: str, language: str) -> Metric:
    """``chrf`` or ``bleu`` of texts in `language`, by sacrebleu: in Chinese no spaces tell words apart."""
    return CHRF() if name == "chrf" else BLEU(tokenize="zh" if language == "zh" else "13a")


class CorpusMetric:
    """`corpus_metric` as a function of (references, hypotheses). The n-grams of each pair are counted once: the
    jackknife asks as often as there are items, each time for nearly the same corpus.
    """

    def __init__(self, name: str, language: str) -> None:
        self.metric = corpus_metric(name, language)
        self._counts = cache(self._count)

    def __call__(self, references: Sequence[str], hypotheses: Sequence[str]) -> float:
        counts = [self._counts(*pair) for pair in zip(references, hypotheses, strict=True)]
        return float(self.metric._aggregate_and_compute(counts).score)  # noqa: SLF001

    @property
    def signature(self) -> str:
        """sacrebleu's, once something was measured."""
        return str(self.metric.get_signature())

    def _count(self, reference: str, hypothesis: str) -> list[Any]:
        (counts,) = self.metric._extract_corpus_statistics([hypothesis], [[reference]])  # noqa: SLF001
        return list(counts)


def corpus_estimate(metric: Metric, pairs: Sequence[tuple[str, str]]) -> Estimate:
    """`metric` of (reference, hypothesis) pairs as one corpus; its error is from sacrebleu's seeded bootstrap.

    Not by its ``n_bootstrap``, which raises `TypeError` where a resample has nothing in common with the references.
    """
    references, hypotheses = (list(texts) for texts in zip(*pairs, strict=True))
    value = float(metric.corpus_score(hypotheses, [references]).score)
    counts = metric._extract_corpus_statistics(hypotheses, [references])  # noqa: SLF001
    metric.n_bootstrap = _RESAMPLES
    metric.seed, resamples = _bootstrap_resample(counts, metric, _RESAMPLES)
    stderr = stdev(float(score.score) for score in resamples)
    return Estimate(value, stderr, len(pairs), str(metric.get_signature()))
