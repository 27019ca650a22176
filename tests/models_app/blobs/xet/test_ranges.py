from models_app.blobs.xet.ranges import merge_ranges


def test_ranges_that_overlap_or_touch_become_one() -> None:
    assert merge_ranges([]) == []
    assert merge_ranges([(5, 7), (0, 2), (2, 4), (6, 9), (6, 7)]) == [(0, 4), (5, 9)]
