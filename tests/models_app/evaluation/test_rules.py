"""The pure rules of evaluation, by table and by property."""

import copy
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc8785 import CanonicalizationError

from models_app.evaluation.rules import (
    Estimate,
    Suite,
    canonical,
    carries_weights,
    expected_seconds,
    overall,
    overall_of,
    rescale,
)
from tests.factories.evaluations import DEFINITION

SHARES = st.floats(0, 1)
ERRORS = st.just(0.0) | st.floats(1e-12, 10)  # smaller ones lose digits below the smallest float
WEIGHTS = st.floats(0.01, 100)
PARTS = st.lists(st.tuples(WEIGHTS, st.builds(Estimate, SHARES, ERRORS)), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["config.json", "model.safetensors"], True),
        (["config.json", "model-00001-of-00002.safetensors"], True),
        (["config.json", "pytorch_model.bin"], True),
        (["config.json", "tf_model.h5"], True),
        (["config.json", "flax_model.msgpack"], True),
        (["config.json", "model.safetensors.index.json"], False),
        (["config.json", "training_args.bin"], False),
        (["config.json"], False),
        (["model.safetensors"], False),
        (["config.json", "sub/model.safetensors"], False),
        ([], False),
    ],
)
def test_carries_weights(paths: list[str], expected: bool) -> None:  # noqa: FBT001
    assert carries_weights(paths) is expected


def test_rescale() -> None:
    assert rescale(Estimate(0.75, 0.03), chance=0.5, best=1.0) == Estimate(0.5, 0.06)
    assert rescale(Estimate(2.0, 0.08), chance=8.0, best=0.0) == Estimate(0.75, 0.01)
    assert rescale(Estimate(0.1, None), chance=0.25, best=1.0) == Estimate(0.0, None)


def test_overall_of_the_suite() -> None:
    suite = Suite.of(DEFINITION)
    result = overall_of(suite, "causal", {"prose": Estimate(2.0, 0.08), "grammar": Estimate(0.75, 0.03)})
    assert result.value == pytest.approx((2 * 0.75 + 1 * 0.5) / 3)
    assert result.stderr == pytest.approx(math.hypot(2 * 0.01, 1 * 0.06) / 3)


def test_overall_error_is_unknown_when_a_part_is() -> None:
    parts = [(1.0, Estimate(0.5, 0.1)), (1.0, Estimate(1.0, None))]
    assert overall(parts) == Estimate(0.75, None)


def test_overall_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="at least one task"):
        overall([(0.0, Estimate(0.5, 0.1))])


@settings(deadline=None)
@given(PARTS)
def test_overall_lies_between_its_parts(parts: list[tuple[float, Estimate]]) -> None:
    values = [part.value for _, part in parts]
    result = overall(parts)
    assert min(values) - 1e-9 <= result.value <= max(values) + 1e-9
    assert 0 <= result.value <= 1


@settings(deadline=None)
@given(PARTS)
def test_overall_is_no_surer_than_its_parts_allow(parts: list[tuple[float, Estimate]]) -> None:
    errors = [part.stderr or 0.0 for _, part in parts]
    stderr = overall(parts).stderr
    assert stderr is not None
    assert stderr <= max(errors) * (1 + 1e-9)
    assert stderr >= min(errors) / math.sqrt(len(parts)) * (1 - 1e-9)


@settings(deadline=None)
@given(PARTS, st.floats(0.01, 100))
def test_overall_knows_only_relative_weights(parts: list[tuple[float, Estimate]], factor: float) -> None:
    scaled = overall([(weight * factor, part) for weight, part in parts])
    assert scaled.value == pytest.approx(overall(parts).value)
    assert scaled.stderr == pytest.approx(overall(parts).stderr)


@settings(deadline=None)
@given(PARTS, st.randoms(use_true_random=False))
def test_overall_does_not_depend_on_order(parts: list[tuple[float, Estimate]], random: Any) -> None:
    shuffled = copy.copy(parts)
    random.shuffle(shuffled)
    assert overall(shuffled).value == pytest.approx(overall(parts).value)


@settings(deadline=None)
@given(PARTS, SHARES)
def test_overall_rises_with_each_part(parts: list[tuple[float, Estimate]], other: float) -> None:
    (weight, first), *rest = parts
    changed = overall([(weight, Estimate(other, first.stderr)), *rest]).value
    if other >= first.value:
        assert changed >= overall(parts).value - 1e-12
    else:
        assert changed <= overall(parts).value + 1e-12


@settings(deadline=None)
@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0.1, 100))
def test_rescale_stays_within_chance_and_best(value: float, chance: float, span: float) -> None:
    assert 0 <= rescale(Estimate(value, None), chance=chance, best=chance + span).value <= 1
    assert 0 <= rescale(Estimate(value, None), chance=chance, best=chance - span).value <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"primary": "f1"}, "primary metric 'f1' is not among"),
        ({"chance": 1.0}, "must be better than chance"),
        ({"best": 0.2}, "must be better than chance"),
        ({"needs": "next_sentence"}, "its weight must be 0"),
    ],
)
def test_a_suite_that_contradicts_itself(change: dict[str, Any], message: str) -> None:
    content = copy.deepcopy(DEFINITION)
    content["tasks"]["grammar"].update(change)
    with pytest.raises(ValueError, match=message):
        Suite.of(content)


def test_a_task_that_few_can_take_counts_for_none() -> None:
    content = copy.deepcopy(DEFINITION)
    content["tasks"]["grammar"] |= {"needs": "next_sentence", "weight": 0}
    suite = Suite.of(content)
    assert overall_of(suite, "causal", {"prose": Estimate(2.0, 0.08)}) == Estimate(0.75, 0.01)


def test_no_task_is_called_overall() -> None:
    content = copy.deepcopy(DEFINITION)
    content["tasks"]["overall"] = content["tasks"]["grammar"]
    with pytest.raises(ValueError, match="cannot be called 'overall'"):
        Suite.of(content)


def test_titles_by_language() -> None:
    task = Suite.of(DEFINITION).tasks["prose"]
    assert (task.title("zh-hans"), task.title("en"), task.title("")) == ("散文", "Prose", "Prose")


@pytest.mark.parametrize(
    ("place", "running", "durations", "expected"),
    [
        (1, 0, [10.0], 10.0),
        (1, 1, [10.0], 15.0),
        (3, 2, [10.0, 20.0, 90.0], 50.0),
        (1, 0, [], None),
    ],
)
def test_expected_seconds(place: int, running: int, durations: list[float], expected: float | None) -> None:
    assert expected_seconds(place=place, running=running, durations=durations) == expected


def test_canonical_json() -> None:
    assert canonical({"b": 1.0, "a": ["é", 1e30, None]}) == '{"a":["é",1e+30,null],"b":1}'.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800"])
def test_what_has_no_canonical_json(value: Any) -> None:
    with pytest.raises(CanonicalizationError):
        canonical({"value": value})
