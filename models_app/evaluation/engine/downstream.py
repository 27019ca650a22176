"""Tasks that a checkpoint is fine-tuned for: their rows, their metrics, and what several seeds amount to together."""

import json
import math
import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from models_app.evaluation.engine.statistics import CorpusMetric, KnownEstimate, over_seeds
from models_app.evaluation.suites.definitions import Definition

Metric = Callable[[Sequence[str], Sequence[str]], float]  # (right answers, predictions)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True)
class DownstreamTask:
    """`entry` is the task's in ``suite.yaml``; `splits` holds the rows of "train", "validation" and "test"."""

    name: str
    entry: Mapping[str, Any]
    splits: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def kind(self) -> str:
        return str(self.entry["kind"])

    def primary(self, split: str, predictions: Sequence[str]) -> float:
        return self._metric(self.entry["primary"])(self._answers(split), predictions)

    def estimates(self, predictions: Sequence[Sequence[str]]) -> dict[str, KnownEstimate]:
        """Metric → estimate, from the predictions that each seed has for the test rows."""
        answers, found = self._answers("test"), {}
        for name in self.entry["metrics"]:
            metric = self._metric(name)
            found[name] = over_seeds(metric, answers, predictions)
            if isinstance(metric, CorpusMetric):
                found[name] = replace(found[name], signature=metric.signature)
        return found

    def by_item(self, predictions: Sequence[Sequence[str]]) -> list[float]:
        """The primary metric of each test row alone, the mean over its `predictions`.

        All primary metrics are means of these, but chrF, which is one of the whole corpus.
        """
        metric = self._metric(self.entry["primary"])
        return [
            math.fsum(metric([answer], [text]) for text in found) / len(found)
            for answer, found in zip(self._answers("test"), predictions, strict=True)
        ]

    def _metric(self, name: str) -> Metric:
        return METRICS[name] if name in METRICS else CorpusMetric(name, self.entry.get("language", ""))

    def _answers(self, split: str) -> list[str]:
        return [row[ANSWERS[self.kind]] for row in self.splits[split]]


@cache
def _load(path: Path) -> dict[str, list[dict[str, Any]]]:
    splits: dict[str, list[dict[str, Any]]] = {"train": [], "validation": [], "test": []}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        splits[row["split"]].append(row)
    return splits


def downstream_of(definition: Definition) -> dict[str, DownstreamTask]:
    """The suite's tasks that are fine-tuned for, in its order; their data is read once a process."""
    return {
        name: DownstreamTask(name, entry, _load(definition.folder / entry["data"]["path"]))
        for name, entry in definition.content["tasks"].items()
        if entry["kind"] in ANSWERS
    }


def _accuracy(answers: Sequence[str], predictions: Sequence[str]) -> float:
    return sum(map(str.__eq__, answers, predictions)) / len(answers)


def _macro_f1(answers: Sequence[str], predictions: Sequence[str]) -> float:
    """The mean of F1 over the classes of `answers`; of a class that is never right, 0."""
    right = Counter(answer for answer, found in zip(answers, predictions, strict=True) if answer == found)
    known, said = Counter(answers), Counter(predictions)
    return math.fsum(2 * right[label] / (known[label] + said[label]) for label in known) / len(known)


def normalized(answer: str) -> str:
    """An answer as SQuAD compares it (Rajpurkar et al. 2016): lower case, no punctuation, articles or extra spaces."""
    letters = "".join(letter for letter in answer.lower() if letter not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", letters).split())


def _exact_match(answers: Sequence[str], predictions: Sequence[str]) -> float:
    return _accuracy([normalized(answer) for answer in answers], [normalized(found) for found in predictions])


def _token_f1(answers: Sequence[str], predictions: Sequence[str]) -> float:
    return math.fsum(map(_shared_words, answers, predictions)) / len(answers)


def _shared_words(answer: str, prediction: str) -> float:
    """F1 of the words of one answer, as SQuAD defines it."""
    known, said = normalized(answer).split(), normalized(prediction).split()
    shared = sum((Counter(known) & Counter(said)).values())
    return 2 * shared / (len(known) + len(said)) if shared else 0.0


METRICS: dict[str, Metric] = {  # those that know no language; the others are sacrebleu's
    "acc": _accuracy,
    "macro_f1": _macro_f1,
    "exact_match": _exact_match,
    "f1": _token_f1,
}
# kind → the key of the right answer in a row
ANSWERS = {"classification": "label", "extraction": "answer", "translation": "target"}
