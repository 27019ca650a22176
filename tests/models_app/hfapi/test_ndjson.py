"""The body of a commit as a stream: any cut into pieces reads the same, and memory stays small."""

import base64
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import DomainError, Invalid, TooLarge
from models_app.hfapi.ndjson import Line, read_lines

MAX_FILE = 1000


def file_line(content: bytes, **value: Any) -> bytes:
    encoded = base64.b64encode(content).decode()
    return json.dumps({"key": "file", "value": {"path": "a", "content": encoded, **value}}).encode()


def read(body: bytes, piece: int = 7) -> list[Line]:
    pieces = (body[start : start + piece] for start in range(0, len(body), piece))
    return list(read_lines(pieces, max_file=MAX_FILE))


HEADER = b'{"key": "header", "value": {"summary": "say \\"content\\": \\"x\\"", "description": ""}}'


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 300, MAX_FILE])
def test_lines(piece: int, size: int) -> None:
    content = bytes(range(256)) * 4
    body = b"\n".join([HEADER, b"", file_line(content[:size]), b'{"key":"deletedFile","value":{"path":"content"}}\n'])
    header, file, deleted = read(body, piece)
    assert (header.key, header.value["summary"], header.content) == ("header", 'say "content": "x"', None)
    assert (file.key, file.value, file.content) == ("file", {"path": "a", "content": ""}, content[:size])
    assert (deleted.value, deleted.content) == ({"path": "content"}, None)


def test_keys_may_come_in_any_order_and_spacing() -> None:
    (line,) = read(b'{"value":{"content" : "YQ==","encoding":"base64","path":"a"},"key":"file"}')
    assert (line.key, line.content) == ("file", b"a")


def test_no_body_has_no_lines() -> None:
    assert read(b"") == read(b"\n\n  \n") == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b"[]",
        b'{"key": "file"}',
        b'{"key": 1, "value": {}}',
        b'{"key": "file", "value": []}',
        b"\xff",
        b"[" * 100_000,
        b'{"key":"file","value":{"content":"YQ"',
        b'{"key":"file","value":{"content":"YQ==',
        b'{"key":"file","value":{"content":"Y","path":"a"}}',
        b'{"key":"file","value":{"content":"YQ==YQ==","path":"a"}}',
        b'{"key":"file","value":{"content":"Y===","path":"a"}}',
        b'{"key":"file","value":{"content":"Y Q=","path":"a"}}',
        b'{"key":"file","value":{"content":"\\u0059Q==","path":"a"}}',
        b'{"key":"file","value":{"content":"YQ==","content":"YQ=="}}',
    ],
)
@pytest.mark.parametrize("piece", [1, 100_000])
def test_what_is_no_commit_is_refused(body: bytes, piece: int) -> None:
    with pytest.raises(Invalid):
        read(body, piece)


@pytest.mark.parametrize("piece", [1000, 100_000])
def test_limits(piece: int) -> None:
    with pytest.raises(TooLarge, match="larger than 1000 bytes"):
        read(file_line(b"x" * (MAX_FILE + 1)), piece)
    with pytest.raises(TooLarge, match="longer than 1048576 bytes"):
        read(b'{"key": "' + b"x" * 1_100_000, piece)


@given(st.binary(max_size=200), st.integers(1, 30))
def test_any_bytes_end_in_lines_or_a_refusal(body: bytes, piece: int) -> None:
    try:
        lines = read(body, piece)
    except DomainError:
        return
    assert all(isinstance(line.value, dict) for line in lines)


@given(st.lists(st.binary(max_size=60), max_size=5), st.integers(1, 40))
def test_files_come_out_as_they_went_in(contents: list[bytes], piece: int) -> None:
    body = b"\n".join(file_line(content) for content in contents)
    assert [line.content for line in read(body, piece)] == contents


def test_memory_holds_one_file_at_a_time() -> None:
    line = file_line(b"x" * 1_000_000) + b"\n"

    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield from (line[start : start + 65_536] for start in range(0, len(line), 65_536))

    tracemalloc.start()
    try:
        count = sum(1 for _ in read_lines(pieces(), max_file=2_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30
    assert peak < 6_000_000
