"""Counts as people write them."""

import pytest

from hub.core.counts import parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("1000", 1000), ("350M", 350_000_000), ("1.5b", 1_500_000_000), (" 2 K ", 2000), ("0.5T", 5 * 10**11)],
)
def test_parse_count(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["", "many", "-1", "1e9", "1.5.2M", "M", "1MM", "９", "1" * 16, "9999999999B"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(ValueError, match="is not a count"):
        parse_count(text)
