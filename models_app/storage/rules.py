"""Small pure things."""

from collections.abc import Iterable

_BATCH = 200  # keys in one statement, rows under one lock


def batches(keys: Iterable[str]) -> list[list[str]]:
    """`keys` in order, cut into lists that are short enough for one statement."""
    ordered = sorted(keys)
    return [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]
