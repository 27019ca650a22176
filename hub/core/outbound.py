"""Requests of the hub to servers of others: to the address that was checked, without redirects, within bounds."""

import http.client
import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

from hub.core.addresses import Place, find

# What can go wrong with somebody else's server; `failure` makes a sentence of it.
NETWORK_ERRORS = (OSError, http.client.HTTPException)
_STALL_SECONDS = 10.0


class _Connection(http.client.HTTPConnection):
    def __init__(self, place: Place, stall_seconds: float) -> None:
        super().__init__(place.host, place.port, timeout=stall_seconds)
        self.place = place

    def connect(self) -> None:
        """To the one address that `addresses.find` has checked: the name is not asked for again."""
        self.sock = socket.create_connection((self.place.address, self.place.port), self.timeout)


class _TLSConnection(_Connection):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        host = self.place.host
        self.sock = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
        self.sock.do_handshake()  # only now, so that whoever cuts off the connection finds it in `sock`


@contextmanager
def request(  # noqa: PLR0913 (a request has these parts; all but two are named)
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    trusted: Collection[str] = (),
    seconds: float | None = None,
    stall_seconds: float = _STALL_SECONDS,
) -> Iterator[http.client.HTTPResponse]:
    """The answer of `url`, to be read inside of the context; a redirect is an answer like any other.

    `trusted` is as for `addresses.find`. `seconds` bounds all of it, `stall_seconds` each wait. Raises
    `AddressRefused` and `NETWORK_ERRORS`.
    """
    place = find(url, trusted)
    connection = (_TLSConnection if place.scheme == "https" else _Connection)(place, stall_seconds)
    try:
        with _cut_off_after(seconds, connection):
            connection.request(method, place.target, body=body, headers={"Accept-Encoding": "identity", **headers})
            yield connection.getresponse()
    finally:
        connection.close()


@contextmanager
def _cut_off_after(seconds: float | None, connection: _Connection) -> Iterator[None]:
    """End the connection after `seconds`: a timeout of the socket alone begins anew with every byte."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, _shut, args=(connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: _Connection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            # Not `sock.shutdown`: on an encrypted socket it would pull its state away under the reading thread.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def failure(error: Exception) -> str:
    """What went wrong with somebody else's server, as one line."""
    if isinstance(error, TimeoutError):
        return "No answer in time."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not trusted: {error.verify_message}."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return f"The connection broke off ({type(error).__name__})."
