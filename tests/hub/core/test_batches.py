from hub.core.batches import batched


def test_batches_hold_everything_once_in_order() -> None:
    assert list(batched(iter("abcdefg"), 3)) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert list(batched("abc", 3)) == [["a", "b", "c"]]
    assert list(batched([], 3)) == []
