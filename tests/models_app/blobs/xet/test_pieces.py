from hypothesis import given
from hypothesis import strategies as st

from models_app.blobs.xet.pieces import Pieces


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(0, 30)))
def test_takes_are_the_same_however_the_bytes_arrive(pieces: list[bytes], sizes: list[int]) -> None:
    whole, reader, position = b"".join(pieces), Pieces(pieces), 0
    for size in sizes:
        assert reader.take(size) == whole[position : position + size]
        position = min(position + size, len(whole))
    assert reader.drain() == len(whole) - position
    assert reader.take(1) == b""
