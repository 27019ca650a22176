"""Do two records of one evaluation agree? Pure, over the documents of `record.schema.json`.

Two machines add floats in another order, so scores are compared with a tolerance: a thousandth of the value, or a
quarter of its standard error where that is more. What they differ by then is small beside what chance does.
Training makes more of such differences: what was fine-tuned may differ by two standard errors, and may be missing where
a record says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_app.evaluation.rules import ITEM_HASH_DIGITS

RELATIVE = 1e-3
STANDARD_ERRORS = 0.25
TRAINED_STANDARD_ERRORS = 2.0


@dataclass(frozen=True)
class ScorePair:
    """One metric of one task in both records; a value is None where a record lacks it."""

    task: str
    metric: str
    first: float | None
    second: float | None
    allowed: float

    @property
    def agrees(self) -> bool:
        return self.first is not None and self.second is not None and abs(self.first - self.second) <= self.allowed


@dataclass(frozen=True)
class Agreement:
    """`items`: task → how many answers differ, rounded to 1e-4 (None: some); `samples`: prompt, strategy → same text.

    Only scores decide: one answer at the edge of rounding changes a hash, and one close draw a text.
    """

    scores: list[ScorePair]
    items: dict[str, int | None]
    samples: dict[tuple[str, str], bool]

    @property
    def agrees(self) -> bool:
        return not self.differing_tasks

    @property
    def differing_tasks(self) -> list[str]:
        return list(dict.fromkeys(pair.task for pair in self.scores if not pair.agrees))


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> Agreement:
    """`first` and `second`: documents of one commit under one suite version and precision."""
    before, after = _scores(first), _scores(second)
    trained = {**first.get("fine_tuning", {}), **second.get("fine_tuning", {})}
    left_out = {
        task for one in (first, second) for task, course in one.get("fine_tuning", {}).items() if "reason" in course
    }
    return Agreement(
        scores=[
            _pair(key, before.get(key), after.get(key), trained=key[0] in trained)
            for key in before | after
            if key[0] not in left_out
        ],
        items={task: _moved(first, second, task) for task in second["items"]},
        samples=_same(_texts(first), _texts(second)),
    )


def _pair(
    key: tuple[str, str], first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, *, trained: bool
) -> ScorePair:
    known = first or second or {}
    errors = TRAINED_STANDARD_ERRORS if trained else STANDARD_ERRORS
    allowed = max(RELATIVE * abs(float(known["value"])), errors * float(known["stderr"] or 0.0))
    return ScorePair(*key, _value(first), _value(second), allowed)


def _value(score: Mapping[str, Any] | None) -> float | None:
    return None if score is None else float(score["value"])


def _moved(first: Mapping[str, Any], second: Mapping[str, Any], task: str) -> int | None:
    if first["items"].get(task) == second["items"][task]:
        return 0
    hashes = [document.get("item_scores", {}).get(task, {}).get("hashes", "") for document in (first, second)]
    if not hashes[0] or len(hashes[0]) != len(hashes[1]):
        return None
    size = ITEM_HASH_DIGITS
    places = range(0, len(hashes[0]), size)
    return sum(hashes[0][place : place + size] != hashes[1][place : place + size] for place in places) or None


def _scores(document: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(score["task"], score["metric"]): score for score in document["scores"]}


def _texts(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(sample["prompt_key"], sample["strategy"]): sample["text"] for sample in document["samples"]}


def _same(first: Mapping[tuple[str, str], str], second: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], bool]:
    return {key: first.get(key) == second.get(key) for key in {**first, **second}}
