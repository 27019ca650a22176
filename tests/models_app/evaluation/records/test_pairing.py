"""Paired tests against values worked out by hand or by enumeration."""

import itertools
import math
import random
from typing import Any

import pytest

from models_app.evaluation.records.pairing import Method, holm, mcnemar, paired, sign_flips, unpaired


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (5, 0, 2 / 32), (1, 9, 22 / 1024), (2, 8, 112 / 1024)],
)
def test_mcnemar(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p)


def test_mcnemar_of_many_items() -> None:
    assert mcnemar(4800, 5200) == pytest.approx(math.erfc(399 / math.sqrt(10_000) / math.sqrt(2)), rel=0.02)


def test_sign_flips_try_all_signs_of_few_items() -> None:
    differences = [0.4, 1.1, -0.3, 0.9, 0.2, 0.0]
    signed = [
        sum(s * d for s, d in zip(signs, differences, strict=True)) for signs in itertools.product((1, -1), repeat=6)
    ]
    observed = abs(sum(differences))
    assert sign_flips(differences) == sum(abs(one) >= observed - 1e-12 for one in signed) / len(signed)
    assert sign_flips([0.0, 0.0]) == 1.0
    assert sign_flips([]) == 1.0


def test_sign_flips_of_many_items_are_near_the_normal_and_the_same_each_time() -> None:
    generator = random.Random(1)  # noqa: S311 (the same each time)
    differences = [generator.gauss(0.15, 1.0) for _ in range(150)]
    z = sum(differences) / math.sqrt(sum(one**2 for one in differences))
    p = sign_flips(differences)
    assert p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), abs=0.02)
    assert sign_flips(differences) == p
    assert sign_flips([-one for one in differences]) == p


def test_right_and_wrong() -> None:
    first, second = [1.0, 0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0, 0.0]
    found = paired({"values": first}, {"values": second})
    assert found is not None
    assert (found.difference, found.method, found.p) == (pytest.approx(0.2), Method.MCNEMAR, 1.0)
    variance = (0.64 * 2 + 1.44 + 0.04 * 2) / 4
    assert found.stderr == pytest.approx(math.sqrt(variance / 5))


def test_a_ratio_keeps_its_weights() -> None:
    weights = [10.0, 20.0, 30.0]
    found = paired(
        {"values": [20.0, 50.0, 60.0], "weights": weights}, {"values": [10.0, 30.0, 45.0], "weights": weights}
    )
    assert found is not None
    assert (found.difference, found.method, found.p) == (pytest.approx(-0.75), Method.SIGNS, 0.25)
    residuals = [-10 + 7.5, -20 + 15, -15 + 22.5]
    assert found.stderr == pytest.approx(math.sqrt(sum(one**2 for one in residuals) * 3 / 2) / 60)


def test_many_items_by_the_normal() -> None:
    found = paired({"values": [0.0] * 400}, {"values": [0.5, -0.25] * 200})
    assert found is not None
    assert found.method == Method.PAIRED_Z
    assert found.stderr is not None
    assert found.p == pytest.approx(math.erfc(0.125 / found.stderr / math.sqrt(2)))


def test_as_many_items_as_mmlu_has() -> None:
    first, second = [1.0, 0.0] * 7_021, [1.0, 0.0] * 6_921 + [1.0, 1.0] * 100
    found = paired({"values": first}, {"values": second})
    assert found is not None
    assert (found.method, found.p) == (Method.MCNEMAR, 2 / 2**100)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"values": [1.0]}, {"values": [1.0, 0.0]}),
        ({"values": [1.0], "weights": [1.0]}, {"values": [1.0], "weights": [2.0]}),
        ({"values": [1.0], "weights": [1.0]}, {"values": [1.0]}),
    ],
)
def test_other_items_are_not_paired(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert paired(first, second) is None


def test_unpaired() -> None:
    found = unpaired((0.5, 0.03), (0.6, 0.04))
    assert (found.difference, found.stderr) == (pytest.approx(0.1), pytest.approx(0.05))
    assert found.p == pytest.approx(0.0455, abs=1e-4)
    assert unpaired((0.5, None), (0.6, 0.04)).p is None


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, None, 0.005]) == pytest.approx([0.03, 0.06, 0.06, None, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
