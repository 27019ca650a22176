"""What every page shows though it seldom changes. No page waits for it, or fails for want of Valkey."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The answer of `ask`, in each process at most `seconds` old. Whoever changes it lets it `forget`."""

    def __init__(self, ask: Callable[[], T], *, seconds: float) -> None:
        self._ask = ask
        self.seconds = seconds
        self._known: tuple[float, T] | None = None  # since when, and what

    def __call__(self) -> T:
        known = self._known  # read once: another thread may let it forget
        if known is None or time.monotonic() - known[0] >= self.seconds:
            return self.know(self._ask())
        return known[1]

    def know(self, answer: T) -> T:
        self._known = (time.monotonic(), answer)
        return answer

    def forget(self) -> None:
        self._known = None
