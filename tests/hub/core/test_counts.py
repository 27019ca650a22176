"""Counts as people write them."""

import pytest

from hub.core.counts import CountField, parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), (" 350m ", 350_000_000), ("1.5B", 1_500_000_000), ("7 K", 7_000), ("2T", 2 * 10**12), ("0.1k", 100)],
)
def test_parse_count(text: str, count: int):
    assert parse_count(text) == count
    assert CountField(required=False).clean(text) == count


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5.2", "1e9", "9999999999999T", "５B", "B", "1 GB"])
def test_what_is_no_count(text: str):
    with pytest.raises(ValueError, match="is not a count"):
        parse_count(text)


def test_an_empty_field_is_no_bound():
    assert CountField(required=False).clean("") is None
