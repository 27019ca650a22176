"""Request bodies as streams."""

import gzip
import io
from typing import Any

import pytest
from django.test import RequestFactory

from hub.core.errors import Invalid, TooLarge
from models_app.hfapi.bodies import PIECE_BYTES, BodyCutOff, body_of, decoded_body


class Socket(io.BytesIO):
    """A connection that ends with an error once what has arrived is read."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


def read(stream: io.BytesIO, *, limit: int = 100, **meta: Any) -> bytes:
    request = RequestFactory().post("/")
    del request.META["CONTENT_LENGTH"]
    request.META |= {"wsgi.input": stream, **meta}
    return b"".join(body_of(request, limit=limit))


def test_announced_length() -> None:
    stream = io.BytesIO(b"hello, and the next request")
    assert read(stream, CONTENT_LENGTH="5") == b"hello"
    assert stream.read() == b", and the next request"


def test_chunks() -> None:
    assert read(io.BytesIO(b"hello"), **{"wsgi.input_terminated": True}) == b"hello"


def test_no_body() -> None:
    assert read(io.BytesIO(b"the next request")) == b""


def test_pieces_are_bounded() -> None:
    request = RequestFactory().post("/", b"x" * (PIECE_BYTES + 1), content_type="application/octet-stream")
    assert [len(piece) for piece in body_of(request, limit=2 * PIECE_BYTES)] == [PIECE_BYTES, 1]


def test_cut_off() -> None:
    with pytest.raises(BodyCutOff):
        read(io.BytesIO(b"hel"), CONTENT_LENGTH="5")
    with pytest.raises(BodyCutOff):
        read(Socket(b"hel"), CONTENT_LENGTH="5")
    with pytest.raises(BodyCutOff):
        read(Socket(b"hel"), **{"wsgi.input_terminated": True})


def test_too_large() -> None:
    with pytest.raises(TooLarge):
        read(io.BytesIO(b"hello"), limit=4, CONTENT_LENGTH="5")
    with pytest.raises(TooLarge):
        read(io.BytesIO(b"hello"), limit=4, **{"wsgi.input_terminated": True})


def unpack(content: bytes, *, limit: int = 1_000_000) -> bytes:
    request = RequestFactory().post("/", headers={"Content-Encoding": "gzip"})
    request.META |= {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}
    return b"".join(decoded_body(request, limit=limit))


def test_gzip() -> None:
    for content in (b"", b"hello", bytes(900_000), b"ab" * 400_000):
        assert unpack(gzip.compress(content)) == content
    with pytest.raises(BodyCutOff):
        unpack(gzip.compress(b"hello")[:-9])
    with pytest.raises(Invalid):
        unpack(b"hello")


def test_gzip_that_unpacks_to_too_much() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        unpack(bomb)
