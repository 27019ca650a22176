"""What every object store does."""

import http.client
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from models_app.blobs.errors import ObjectMissing
from models_app.blobs.store import PIECE_BYTES, ObjectStore, object_store
from models_app.blobs.stores import s3


def read(store: ObjectStore, key: str, start: int = 0, end: int = 2**40) -> bytes:
    return b"".join(store.open_range(key, start, end))


def test_put_then_read_ranges(any_store: ObjectStore) -> None:
    any_store.put("lfs/abcdef", [b"hello ", b"world"])
    assert read(any_store, "lfs/abcdef", 0, 11) == b"hello world"
    assert read(any_store, "lfs/abcdef", 4, 8) == b"o wo"
    assert read(any_store, "lfs/abcdef", 6, 100) == b"world"
    assert read(any_store, "lfs/abcdef", 3, 3) == b""
    assert read(any_store, "lfs/abcdef", 11, 20) == b""
    assert any_store.size("lfs/abcdef") == 11
    assert any_store.exists("lfs/abcdef")
    path = any_store.local_path("lfs/abcdef")
    assert path is None or path.read_bytes() == b"hello world"


def test_an_object_may_be_empty(any_store: ObjectStore) -> None:
    any_store.put("lfs/abcdef", [])
    assert (any_store.size("lfs/abcdef"), read(any_store, "lfs/abcdef")) == (0, b"")


def test_pieces_are_bounded(any_store: ObjectStore) -> None:
    any_store.put("lfs/abcdef", [bytes(PIECE_BYTES + 5)])
    pieces = [len(piece) for piece in any_store.open_range("lfs/abcdef", 0, PIECE_BYTES + 5)]
    assert sum(pieces) == PIECE_BYTES + 5
    assert max(pieces) <= PIECE_BYTES


def test_an_object_of_several_parts(any_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_PART_BYTES", 5 * 1024 * 1024)
    content = bytes(range(256)) * 50_000
    any_store.put("lfs/abcdef", (content[start : start + 700_000] for start in range(0, len(content), 700_000)))
    assert read(any_store, "lfs/abcdef") == content


@pytest.mark.parametrize("sent", [b"half", bytes(17 * 1024 * 1024)], ids=["small", "of several parts"])
def test_a_failing_source_leaves_the_store_as_it_was(any_store: ObjectStore, sent: bytes) -> None:
    any_store.put("lfs/abcdef", [b"before"])

    def broken() -> Iterator[bytes]:
        yield sent
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        any_store.put("lfs/abcdef", broken())
    with pytest.raises(ConnectionResetError):
        any_store.put("lfs/123456", broken())
    assert read(any_store, "lfs/abcdef") == b"before"
    assert [item.key for item in any_store.objects("lfs")] == ["lfs/abcdef"]


@pytest.mark.parametrize("method", ["size", "open_range", "move"])
def test_missing_object(any_store: ObjectStore, method: str) -> None:
    more = {"open_range": (0, 1), "move": ("lfs/123456",)}.get(method, ())
    with pytest.raises(ObjectMissing):
        getattr(any_store, method)("lfs/abcdef", *more)
    assert not any_store.exists("lfs/abcdef")
    any_store.delete("lfs/abcdef")


@pytest.mark.parametrize("key", ["", "lfs", "lfs/", "lfs/../x", "lfs/a/../../b", "/lfs/a", "lfs/A", "lfs/a\n"])
def test_only_plain_keys(any_store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        any_store.put(key, [b"x"])


def test_delete_a_prefix(any_store: ObjectStore) -> None:
    for number in (1, 2, 10):
        any_store.put(f"parts/0000-1/{number}", [b"x"])
    any_store.put("parts/0000-2/1", [b"x"])
    any_store.delete("parts/0000-1")
    assert not any_store.exists("parts/0000-1/10")
    assert any_store.exists("parts/0000-2/1")


def test_move(any_store: ObjectStore) -> None:
    any_store.put("parts/0000-1/whole", [b"new"])
    any_store.put("lfs/abcdef", [b"old"])
    any_store.move("parts/0000-1/whole", "lfs/abcdef")
    assert read(any_store, "lfs/abcdef") == b"new"
    assert not any_store.exists("parts/0000-1/whole")


def test_objects_of_a_kind(any_store: ObjectStore) -> None:
    any_store.put("lfs/abcdef", [b"hello"])
    any_store.put("parts/0000-1/1", [b"x"])
    any_store.put("parts/0000-1/2", [b"xy"])
    listed = {item.key: (item.size, abs(item.modified - time.time()) < 60) for item in any_store.objects("parts")}
    assert listed == {"parts/0000-1/1": (1, True), "parts/0000-1/2": (2, True)}
    assert [item.key for item in any_store.objects("xorbs")] == []


def test_generation_stays(any_store: ObjectStore) -> None:
    generation = any_store.generation()
    assert len(generation) == 36
    assert object_store().generation() == any_store.generation() == generation


def test_only_another_host_is_named_to_clients(bucket: str, settings: Settings) -> None:
    settings.OBJECT_STORE = bucket
    direct = object_store()
    direct.put("lfs/abcdef", [b"hello world"])
    address = direct.download_url("lfs/abcdef", seconds=60, name="weights 权重.bin")
    assert address is not None
    status, headers, body = fetch("GET", address, Range="bytes=6-")
    assert (status, body) == (206, b"world")
    assert headers["Content-Disposition"].startswith("attachment;")
    part = direct.download_url("lfs/abcdef", seconds=60, span=(3, 8))
    assert part is not None
    assert "SignedHeaders=host%3Brange&" in part  # S3 answers to this range alone
    assert fetch("GET", part, Range="bytes=3-7")[2] == b"lo wo"
    settings.PUBLIC_URL = "http://localhost:8000"  # the bucket's host: clients would lose the hub's headers on the way
    assert object_store().download_url("lfs/abcdef", seconds=60) is None
    assert object_store().direct is None
    settings.PUBLIC_URL, settings.OBJECT_STORE = "http://127.0.0.1:8000", f"{bucket}&direct=no"
    assert object_store().download_url("lfs/abcdef", seconds=60) is None


def fetch(method: str, address: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    connection.request(method, f"{url.path}?{url.query}", body, headers)
    response = connection.getresponse()
    answer = response.status, dict(response.headers), response.read()
    connection.close()
    return answer
