"""How long something takes by the clock on the wall."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def clocked(run: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and the result."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def best_of(rounds: int, run: Callable[[], T]) -> tuple[float, T]:
    """The seconds of the fastest of several runs, and the last result."""
    times = []
    for _ in range(rounds):
        seconds, result = clocked(run)
        times.append(seconds)
    return min(times), result
