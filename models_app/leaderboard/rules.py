"""Pure rules of the leaderboard: its order, and how people write counts."""

import re
from dataclasses import dataclass
from typing import Literal

from models_app.evaluation.rules import OVERALL

NAME, PARAMETERS = "name", "parameters"
_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmbt]?)", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def parse_count(text: str) -> int:
    """``1.5B`` → 1500000000; K, M, B and T in any case. Raises `ValueError`."""
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a count")
    return round(float(match[1]) * _UNITS[match[2].lower()])


@dataclass(frozen=True)
class Order:
    """The column that rows are sorted by; its natural way (best, smallest or A first) unless `reverse`."""

    column: str
    reverse: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.reverse else self.column

    @property
    def is_score(self) -> bool:
        return self.column not in {NAME, PARAMETERS}

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
