import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.evaluation.rules import Estimate
from models_app.leaderboard.rules import Field, Order, RankRange, parse_order

TASKS = frozenset({"prose", "grammar"})


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", Order("overall")),
        ("-overall", Order("overall", reverse=True)),
        ("prose", Order("prose")),
        ("-grammar", Order("grammar", reverse=True)),
        ("name", Order("name")),
        ("-parameters", Order("parameters", reverse=True)),
        ("chess", Order("overall")),
        ("--prose", Order("overall")),
        ("'; DROP TABLE", Order("overall")),
    ],
)
def test_parse_order(text: str, order: Order) -> None:
    assert parse_order(text, TASKS) == order


def test_a_second_click_turns_the_order_round() -> None:
    order = Order("prose")
    assert str(order.after_click("prose")) == "-prose"
    assert str(order.after_click("prose").after_click("prose")) == "prose"
    assert str(order.after_click("grammar")) == "grammar"


def test_aria_sort() -> None:
    assert Order("prose").aria("grammar", higher_is_better=True) is None
    assert Order("grammar").aria("grammar", higher_is_better=True) == "descending"
    assert Order("prose").aria("prose", higher_is_better=False) == "ascending"
    assert Order("prose", reverse=True).aria("prose", higher_is_better=False) == "descending"


ESTIMATES = st.lists(
    st.builds(Estimate, st.integers(-30, 30).map(lambda n: n / 10), st.sampled_from([None, 0.0, 0.1, 0.5, 2.0])),
    min_size=1,
    max_size=30,
)


@given(ESTIMATES, st.booleans())
def test_ranks_are_those_of_comparing_with_each(field: list[Estimate], higher_is_better: bool) -> None:  # noqa: FBT001
    ranked = Field(field, higher_is_better=higher_is_better)
    for own in field:
        above = sum(_apart(own, other) and other.value > own.value for other in field)
        below = sum(_apart(own, other) and other.value < own.value for other in field)
        better, worse = (above, below) if higher_is_better else (below, above)
        assert ranked.ranks_of(own) == RankRange(1 + better, max(1, len(field) - worse))


def _apart(own: Estimate, other: Estimate) -> bool:
    if own.stderr is None or other.stderr is None:
        return False
    return abs(other.value - own.value) > 1.959964 * math.hypot(own.stderr, other.stderr)
