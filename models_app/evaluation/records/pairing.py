"""Paired tests of two models on the same items. Pure, and without numpy: a web process runs it."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

NORMAL_95 = 1.959964  # standard errors: a two-sided normal test at 5 %
_DRAWS = 9_999
_SEED = 20_260
_EXACT_UP_TO = 12  # differing items: 2¹² signs are tried all
_SIGNS_UP_TO = 200  # items; beyond, the mean is as good as normal
_BLOCK = 8  # items whose sums of signed differences are looked up at once


class Method(StrEnum):
    """`MCNEMAR`: exact, of items that are right or wrong. `SIGNS`: differences change their sign at random.

    `PAIRED_Z`, `Z`: normal, of paired differences and of two independent estimates.
    """

    MCNEMAR = "mcnemar"
    SIGNS = "sign_flips"
    PAIRED_Z = "paired_z"
    Z = "z"


@dataclass(frozen=True)
class Contrast:
    """The second value minus the first, in units of the metric; `p` is two-sided."""

    difference: float
    stderr: float | None
    p: float | None
    method: Method


def paired(first: Mapping[str, Any], second: Mapping[str, Any]) -> Contrast | None:
    """Two entries of ``item_scores`` (`record.schema.json`) compared item by item; None when items do not match.

    The standard error is that of a mean or, with weights, of a ratio, over the differences.
    """
    weights = first.get("weights")
    values = first["values"], second["values"]
    if len(values[0]) != len(values[1]) or weights != second.get("weights"):
        return None
    differences = [after - before for before, after in zip(*values, strict=True)]
    n, shares = len(differences), weights or [1.0] * len(differences)
    total = math.fsum(shares)
    difference = math.fsum(differences) / total
    squares = math.fsum((one - difference * share) ** 2 for one, share in zip(differences, shares, strict=True))
    stderr = math.sqrt(squares * n / max(1, n - 1)) / total
    if weights is None and {*values[0], *values[1]} <= {0, 1}:
        return Contrast(difference, stderr, mcnemar(differences.count(-1), differences.count(1)), Method.MCNEMAR)
    if n <= _SIGNS_UP_TO:
        return Contrast(difference, stderr, sign_flips(differences), Method.SIGNS)
    return Contrast(difference, stderr, normal_p(difference, stderr), Method.PAIRED_Z)


def unpaired(first: tuple[float, float | None], second: tuple[float, float | None]) -> Contrast:
    """Two (value, standard error) compared as if they were of different items."""
    difference = second[0] - first[0]
    if first[1] is None or second[1] is None:
        return Contrast(difference, None, None, Method.Z)
    stderr = math.hypot(first[1], second[1])
    return Contrast(difference, stderr, normal_p(difference, stderr), Method.Z)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p of McNemar's test, from the numbers of items that only one of both got right."""
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail, term = 0, 1  # binomial coefficients, each from the one before
    for k in range(fewer + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return min(1.0, float(Fraction(2 * tail, 2**n)))


def sign_flips(differences: Sequence[float]) -> float:
    """The two-sided p of a paired permutation test: how often random signs give as large a sum. The same each time.

    All signs are tried of up to twelve items that differ, else 9,999 drawn ones and the observed.
    """
    moved = [one for one in differences if one]
    observed = abs(math.fsum(moved)) * (1 - 1e-12)
    tables = [_signed_sums(moved[start : start + _BLOCK]) for start in range(0, len(moved), _BLOCK)]
    if len(moved) <= _EXACT_UP_TO:
        sums = [0.0]
        for table in tables:
            sums = [one + part for one in sums for part in table]
        return sum(abs(one) >= observed for one in sums) / len(sums)
    generator = random.Random(_SEED)  # noqa: S311 (the same answer each time)
    hits = sum(
        abs(sum(table[generator.getrandbits(_BLOCK) % len(table)] for table in tables)) >= observed
        for _ in range(_DRAWS)
    )
    return (1 + hits) / (1 + _DRAWS)


def _signed_sums(differences: Sequence[float]) -> list[float]:
    """The sum of `differences` with each of their 2ⁿ signs."""
    sums = [0.0]
    for one in differences:
        sums = [part + sign * one for part in sums for sign in (1, -1)]
    return sums


def normal_p(difference: float, stderr: float) -> float:
    """Two-sided, of a difference with a known error."""
    if not stderr:
        return float(not difference)
    return math.erfc(abs(difference) / stderr / math.sqrt(2))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """`ps` corrected for their number by Holm's step-down method (1979); None stays None and is not counted."""
    order = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    highest = 0.0
    for done, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - done) * p))
        adjusted[place] = highest
    return adjusted
