"""Request bodies as streams."""

import io
from typing import Any

import pytest
from django.test import RequestFactory

from hub.core.errors import TooLarge
from models_app.hfapi.bodies import PIECE_BYTES, BodyCutOff, body_of


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
