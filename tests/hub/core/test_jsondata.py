"""Foreign data on its way into a JSON column."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.jsondata import TooComplex, storable, storable_text


def test_every_value_becomes_one_that_databases_take():
    value = {
        1: (1, 2.5),
        "a\x00": "\ud800",
        "nan": float("nan"),
        "inf": float("-inf"),
        "t": True,
        "o": {"set"},
        "n": None,
    }

    assert storable(value) == {
        "1": [1, 2.5], "a�": "�", "nan": None, "inf": None, "t": True, "o": "{'set'}", "n": None,
    }  # fmt: skip


def test_shared_parts_are_written_out_up_to_a_bound():
    shared = [1, 2]
    copy = storable([shared, shared])

    assert copy == [[1, 2], [1, 2]]
    assert copy[0] is not copy[1]
    with pytest.raises(TooComplex):
        storable([shared] * 10, max_nodes=30)


def test_cycles_and_depth_end():
    cycle: list[object] = []
    cycle.append(cycle)

    for value in (cycle, [[[[]]]]):
        with pytest.raises(TooComplex):
            storable(value, max_depth=2)


@given(st.text())
def test_text_can_be_encoded(text: str):
    assert "\x00" not in storable_text(text)
    storable_text(text).encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), st.lists, max_leaves=20
    )
)
def test_the_copy_is_json(value: object):
    json.dumps(storable(value), allow_nan=False)
