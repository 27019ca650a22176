"""Pure rules of the leaderboard: its order."""

from dataclasses import dataclass
from typing import Literal

from models_app.evaluation.rules import OVERALL

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
