"""Xorbs as the stock client makes them, and everything that is almost one."""

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.chunks import FOOTER_TAG, GROUPED_LZ4, LZ4, MAX_CHUNK_BYTES, MAX_FOOTER_BYTES, STORED
from models_app.blobs.xet.hashing import chunk_hash, hash_text
from models_app.blobs.xet.xorb import ChunkIndex, XorbCheck
from tests.models_app.blobs.recording_store import Recording, record, unpacked, unpacked_chunk


def check(expected: str, body: bytes, step: int = 1000) -> tuple[bytes, ChunkIndex]:
    xorb = XorbCheck(expected, (body[i : i + step] for i in range(0, len(body), step)))
    return b"".join(xorb.stored()), xorb.index


def header(stored: int, scheme: int, raw: int, version: int = 0) -> bytes:
    return bytes([version]) + stored.to_bytes(3, "little") + bytes([scheme]) + raw.to_bytes(3, "little")


@pytest.fixture(scope="module")
def xorb(recording: Recording) -> tuple[str, bytes]:
    ((name, body),) = recording.xorbs.items()
    return name, body


def test_the_client_uses_all_schemes_here(xorb: tuple[str, bytes]) -> None:
    name, body = xorb
    _, index = check(name, body)
    schemes = {body[index.stored_at(chunk) + 4] for chunk in range(len(index))}
    assert schemes == {STORED, LZ4, GROUPED_LZ4}


@pytest.mark.parametrize("step", [7, 8, 1000, 1 << 20])
def test_a_whole_xorb_passes_byte_by_byte(xorb: tuple[str, bytes], step: int) -> None:
    name, body = xorb
    stored, index = check(name, body, step)
    assert stored == body
    assert index.stored_bytes == len(body)
    assert [index.chunk_of(index.raw_at(chunk)) for chunk in range(len(index))] == list(range(len(index)))
    for chunk in range(len(index)):
        at = index.stored_at(chunk)
        (raw,) = unpacked(body[at : index.stored_at(chunk + 1)])
        assert index.raw_at(chunk) + len(raw) == index.raw_at(chunk + 1)
        assert index.hashes(chunk, chunk + 1) == [chunk_hash(raw)]


@pytest.mark.parametrize("policy", ["none", "lz4", "bg4-lz4"])
def test_forced_compression(policy: str) -> None:
    recorded = record(b"abcd" * 50_000 + b"xyz", compression=policy)
    for name, body in recorded.xorbs.items():
        assert check(name, body)[0] == body


def test_a_footer_is_left_out(xorb: tuple[str, bytes]) -> None:
    name, body = xorb
    stored, index = check(name, body + FOOTER_TAG + bytes(500))
    assert stored == body
    assert index == check(name, body)[1]
    with pytest.raises(ContentMismatch, match="footer"):
        check(name, body + FOOTER_TAG + bytes(MAX_FOOTER_BYTES + 2))


def test_every_truncation_is_refused(xorb: tuple[str, bytes]) -> None:
    name, body = xorb
    for end in [0, 1, 7, 8, 9, 100, len(body) // 2, len(body) - 1]:
        with pytest.raises(ContentMismatch):
            check(name, body[:end])
    last = check(name, body)[1]
    with pytest.raises(ContentMismatch, match="hash to"):
        check(name, body[: last.stored_at(len(last) - 1)])


def test_every_flipped_bit_is_refused(xorb: tuple[str, bytes]) -> None:
    name, body = xorb
    for position in [*range(8), *range(8, len(body), len(body) // 50)]:
        damaged = bytearray(body)
        damaged[position] ^= 1
        with pytest.raises(ContentMismatch):
            check(name, bytes(damaged))


def test_another_name_is_refused(xorb: tuple[str, bytes]) -> None:
    with pytest.raises(ContentMismatch, match="hash to"):
        check("0" * 64, xorb[1])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (header(1, STORED, 1, version=1) + b"x", "unknown version"),
        (header(1, 3, 1) + b"x", "unknown scheme 3"),
        (header(2, STORED, 1) + b"xy", "not the size"),
        (header(0, STORED, 0), "between 1 and"),
        (header(1, LZ4, MAX_CHUNK_BYTES + 1) + b"x", "between 1 and"),
        (header(1, LZ4, 5) + b"x", "no LZ4 frame|not exactly one"),
    ],
)
def test_bad_chunks(body: bytes, sentence: str) -> None:
    with pytest.raises(ContentMismatch, match=sentence):
        check("0" * 64, body)


def test_a_decompression_bomb_stops_at_the_size_it_claims() -> None:
    bomb = lz4.frame.compress(bytes(20_000_000))
    assert len(bomb) < MAX_CHUNK_BYTES
    with pytest.raises(ContentMismatch, match="not exactly one"):
        unpacked_chunk(LZ4, bomb, 1000)


def test_bytes_behind_a_frame_are_refused() -> None:
    with pytest.raises(ContentMismatch, match="not exactly one"):
        unpacked_chunk(LZ4, lz4.frame.compress(b"abc") + b"x", 3)


@given(st.binary(min_size=1, max_size=50))
def test_byte_grouping(raw: bytes) -> None:
    grouped = b"".join(raw[lane::4] for lane in range(4))
    assert unpacked_chunk(GROUPED_LZ4, lz4.frame.compress(grouped), len(raw)) == raw


def test_one_chunk_is_its_own_root() -> None:
    name = hash_text(chunk_hash(b"abc"))
    assert check(name, header(3, STORED, 3) + b"abc")[1].raw_bytes == 3


def test_more_chunks_than_a_xorb_may_have() -> None:
    with pytest.raises(ContentMismatch, match="8192 chunks"):
        check("0" * 64, (header(1, STORED, 1) + b"x") * 8193)
