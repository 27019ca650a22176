"""Ask clamd whether it knows a virus in a content: its INSTREAM command, over a unix socket or TCP."""

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

_SECONDS = 60  # without a word from clamd
_MAX_REPLY = 4096
_SIZE = struct.Struct("!L")


class NoAnswer(Exception):
    """clamd is away, or could not look at the content."""


def find_virus(address: str, chunks: Iterable[bytes]) -> str | None:
    """The name of the virus in `chunks`, empty if clamd (``unix:///path`` or ``tcp://host:port``) knows none.

    None: the content is larger than what clamd takes (its StreamMaxLength). Raises `NoAnswer`.
    """
    try:
        with _connect(address) as connection:
            return _verdict(_ask(connection, chunks))
    except OSError as error:
        raise NoAnswer(str(error)) from error


def _connect(address: str) -> socket.socket:
    url = urlsplit(address)
    if url.scheme == "tcp":
        return socket.create_connection((url.hostname, url.port or 3310), timeout=_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_SECONDS)
    try:
        connection.connect(url.path)
    except OSError:
        connection.close()
        raise
    return connection


def _ask(connection: socket.socket, chunks: Iterable[bytes]) -> str:
    with suppress(BrokenPipeError, ConnectionResetError):  # clamd has heard enough: its reply says why
        connection.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            if chunk:
                connection.sendall(_SIZE.pack(len(chunk)) + chunk)
        connection.sendall(_SIZE.pack(0))
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _MAX_REPLY and (piece := connection.recv(_MAX_REPLY)):
        reply += piece
    return reply.rstrip(b"\0").decode(errors="replace")


def _verdict(reply: str) -> str | None:
    """``stream: OK`` or ``stream: Eicar-Signature FOUND``; anything else but the limit is an error."""
    answer = reply.removeprefix("stream: ")
    if answer == "OK":
        return ""
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND")
    if "size limit exceeded" in reply:
        return None
    raise NoAnswer(reply)
