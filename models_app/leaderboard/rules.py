"""Pure rules of the leaderboard: its order, and what ranks are sure."""

import math
from collections.abc import Collection, Iterable, Sequence
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


def rank_range(own: Estimate, field: Iterable[Estimate], *, higher_is_better: bool) -> RankRange:
    """Where `own` stands in the `field`, which it is part of: its estimate is compared with each by a z test at 95 %.

    Two models differ when the gap is larger than 1.96·√(se₁² + se₂²), their errors being taken as independent. That is
    cautious: models answer the same items, and a paired test (`evaluation.pairing`) tells more of them apart. A model
    whose error is unknown is surely better or worse than none. Costs one step for each of the field.
    """
    gaps = [_sure_gap(own, other) for other in field]
    above, below = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    better, worse = (above, below) if higher_is_better else (below, above)
    return RankRange(1 + better, max(1, len(gaps) - worse))


def _sure_gap(own: Estimate, other: Estimate) -> float:
    """How far `other` lies above `own`; 0 where that may be chance."""
    if own.stderr is None or other.stderr is None:
        return 0.0
    gap = other.value - own.value
    return gap if abs(gap) > NORMAL_95 * math.hypot(own.stderr, other.stderr) else 0.0
