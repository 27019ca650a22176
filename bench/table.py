"""Results beside their goals."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`value` of something, good if at least `least` or at most `most`."""

    what: str
    value: float
    unit: str = ""
    least: float = -math.inf
    most: float = math.inf
    note: str = ""

    @property
    def line(self) -> str:
        goal = f">= {self.least:g}" if self.least > -math.inf else f"<= {self.most:g}" if self.most < math.inf else ""
        verdict = "" if not goal else "met" if self.least <= self.value <= self.most else "MISSED"
        return f"{self.what:52}{self.value:9.2f} {self.unit:6}{goal:9}{verdict:7}{self.note}".rstrip()


def print_table(results: list[Result]) -> None:
    print(f"{'':52}{'result':>9} {'':6}{'goal':9}")
    for result in results:
        print(result.line)
