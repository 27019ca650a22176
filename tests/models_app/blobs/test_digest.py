import contextlib
import hashlib
import threading

from hypothesis import given
from hypothesis import strategies as st

from models_app.blobs.digest import BackgroundSha256


@given(st.lists(st.integers(0, 3_000_000), max_size=12))
def test_it_is_sha256(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    with BackgroundSha256() as digest:
        for piece in pieces:
            digest.update(piece)
        assert digest.hexdigest() == hashlib.sha256(b"".join(pieces)).hexdigest()
        digest.update(b"more")
        assert digest.hexdigest() == hashlib.sha256(b"".join(pieces) + b"more").hexdigest()


def test_its_thread_ends_with_the_context() -> None:
    before = threading.active_count()
    with contextlib.suppress(ConnectionResetError), BackgroundSha256() as digest:
        for _ in range(20):
            digest.update(bytes(1_000_000))
        assert threading.active_count() == before + 1
        raise ConnectionResetError
    assert threading.active_count() == before


def test_small_content_needs_no_thread() -> None:
    before = threading.active_count()
    with BackgroundSha256() as digest:
        digest.update(b"small")
        assert digest.hexdigest() == hashlib.sha256(b"small").hexdigest()
        assert threading.active_count() == before
