"""Pure rules of the leaderboard: its order, and what ranks are sure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from models_app.evaluation.records.pairing import NORMAL_95
from models_app.evaluation.rules import OVERALL, Estimate, TaskRule

NAME, PARAMETERS = "name", "parameters"


@dataclass(frozen=True)
class Order:
    """The column that rows are sorted by; its natural way (best, smallest or A first) unless `reverse`."""

    column: str
    reverse: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.reverse else self.column

    def after_click(self, column: str) -> "Order":
        """The order after a click on the head of `column`: a second click turns it round."""
        return Order(column, reverse=column == self.column and not self.reverse)

    def aria(self, column: str, *, higher_is_better: bool) -> Literal["ascending", "descending"] | None:
        """``aria-sort`` of `column`; None when rows are not sorted by it."""
        if column != self.column:
            return None
        return "descending" if higher_is_better != self.reverse else "ascending"


def parse_order(text: str, tasks: frozenset[str]) -> Order:
    """The order that an address asks for; by overall score when it asks for what there is not."""
    column = text.removeprefix("-")
    if column not in tasks | {OVERALL, NAME, PARAMETERS}:
        return Order(OVERALL)
    return Order(column, reverse=text.startswith("-"))


def chosen_columns(tasks: Sequence[TaskRule], wanted: Collection[str]) -> list[TaskRule]:
    """Those of `tasks` that are `wanted`. Before somebody chooses: those that the suite features, if any, else all."""
    chosen = [task for task in tasks if task.name in wanted]
    return chosen or [task for task in tasks if task.featured] or list(tasks)


@dataclass(frozen=True)
class RankRange:
    """The ranks that a model may have: `best` behind those that are surely better, `worst` before the surely worse."""

    best: int
    worst: int


class Field:
    """The estimates of all that are ranked, in their order, so that a rank is found without looking at each of them.

    Two models differ when the gap is larger than 1.96·√(se₁² + se₂²), their errors being taken as independent: a z test
    at 95 %. That is cautious: models answer the same items, and a paired test (`evaluation.records.pairing`) tells more
    of them apart. A model whose error is unknown is surely better or worse than none.
    """

    def __init__(self, estimates: Collection[Estimate], *, higher_is_better: bool) -> None:
        known = sorted((one.value, one.stderr) for one in estimates if one.stderr is not None)
        self._values, self._errors = [value for value, _ in known], [stderr for _, stderr in known]
        self._widest = max(self._errors, default=0.0)
        self._size = len(estimates)
        self._higher_is_better = higher_is_better

    def ranks_of(self, own: Estimate) -> RankRange:
        """Where `own`, which is part of the field, may stand. Costs one step for each that lies close to it."""
        below, above = (0, 0) if own.stderr is None else self._surely_apart(own.value, own.stderr)
        better, worse = (above, below) if self._higher_is_better else (below, above)
        return RankRange(1 + better, max(1, self._size - worse))

    def _surely_apart(self, value: float, stderr: float) -> tuple[int, int]:
        """How many lie surely below, and surely above."""
        reach = NORMAL_95 * math.hypot(stderr, self._widest)  # beyond, even the least sure one is sure
        start, end = bisect_left(self._values, value - reach), bisect_right(self._values, value + reach)
        close = zip(self._values[start:end], self._errors[start:end], strict=True)
        gaps = [gap for other, error in close if abs(gap := other - value) > NORMAL_95 * math.hypot(stderr, error)]
        return start + sum(gap < 0 for gap in gaps), len(self._values) - end + sum(gap > 0 for gap in gaps)
