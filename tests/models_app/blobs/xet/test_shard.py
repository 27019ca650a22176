"""Shards as the stock client makes them, and everything that is almost one."""

import struct

import pytest

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.shard import ShardFile, read_shard
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording


def read(body: bytes) -> list[ShardFile]:
    return read_shard(memoryview(body))


def test_the_clients_shard(recording: Recording) -> None:
    (body,) = recording.shards
    files = {file.hash: file for file in read(body)}
    assert sorted(files) == sorted(recording.hashes)
    for value, sha256, content in zip(recording.hashes, recording.sha256s, CONTENTS, strict=True):
        terms = list(files[value].terms())
        assert files[value].sha256 == sha256
        assert len(terms) == files[value].count
        assert sum(term.size for term in terms) == len(content)
        assert {term.xorb for term in terms} == set(recording.xorbs)


def test_every_truncation_is_refused(recording: Recording) -> None:
    (body,) = recording.shards
    for end in range(len(body) - 1):
        with pytest.raises(ContentMismatch):
            read(body[:end])


@pytest.mark.parametrize("position", [0, 14, 32])
def test_another_tag_or_version_is_refused(recording: Recording, position: int) -> None:
    damaged = bytearray(recording.shards[0])
    damaged[position] ^= 1
    with pytest.raises(ContentMismatch, match="not a shard of version 2"):
        read(bytes(damaged))


def test_a_file_without_verification_is_refused(recording: Recording) -> None:
    damaged = bytearray(recording.shards[0])
    (flags,) = struct.unpack_from("<I", damaged, 48 + 32)
    struct.pack_into("<I", damaged, 48 + 32, flags & ~(1 << 31))
    with pytest.raises(ContentMismatch, match="lacks the verification"):
        read(bytes(damaged))


def test_a_count_beyond_the_end_is_refused(recording: Recording) -> None:
    damaged = bytearray(recording.shards[0])
    struct.pack_into("<I", damaged, 48 + 36, 2**32 - 1)
    with pytest.raises(ContentMismatch, match="cut off"):
        read(bytes(damaged))
