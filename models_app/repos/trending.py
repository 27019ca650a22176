"""What is trending: every like and download counts, and half as much with each week that passes.

Scores are kept with forward decay (Cormode et al. 2009): an event adds its weight times 2^(weeks since `START`), so
that all sums order as the decayed scores do at any moment, and no row changes with time alone: there is nothing to
recompute. `score` brings a sum to the scale of today. A float holds the sums until 2045; dividing all of them by one
number moves `START`.
"""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=7)
LIKE, DOWNLOAD = 10.0, 1.0


def weight(event: float, moment: datetime) -> float:
    """What `event` (`LIKE`, `DOWNLOAD`) of `moment` adds to a sum, and taking it back subtracts."""
    growth: float = 2.0 ** ((moment - START) / HALF_LIFE)
    return event * growth


def score(total: float, now: datetime) -> int:
    """The decayed score of a sum at `now`, as a whole number."""
    return max(0, round(total / weight(1.0, now)))
