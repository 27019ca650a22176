"""Requests to others: to the checked address, without redirects, within bounds."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from pytest_django import Settings

from hub.core import outbound
from hub.core.addresses import AddressRefused, Place
from hub.core.outbound import NETWORK_ERRORS, failure, request
from tests.receiver import Receiver, plain, receiver


@pytest.fixture
def other(settings: Settings) -> Iterator[Receiver]:
    with receiver() as server:
        settings.OUTBOUND_HOSTS = {server.url.removeprefix("http://")}
        yield server


def test_a_request_and_its_answer(other: Receiver) -> None:
    with request("POST", f"{other.url}/hook?x=1", headers={"X-Y": "z"}, body=b"text", seconds=5) as response:
        assert (response.status, response.read()) == (200, b"thanks")
    (got,) = other.requests
    assert (got.method, got.path, got.headers["X-Y"], got.body) == ("POST", "/hook?x=1", "z", b"text")
    assert got.headers["Host"] == other.url.removeprefix("http://")


def test_a_private_address_is_never_opened(other: Receiver, settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = set()
    with pytest.raises(AddressRefused), request("GET", other.url, headers={}):
        pass
    assert other.requests == []


def test_a_redirect_is_not_followed(other: Receiver) -> None:
    other.answer = plain(302, Location=f"{other.url}/elsewhere")
    with request("GET", f"{other.url}/x", headers={}, seconds=5) as response:
        assert response.status == 302
    assert [got.path for got in other.requests] == ["/x"]


def test_the_connection_goes_to_the_address_that_was_checked(other: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere by the time of the connection changes nothing."""
    port = int(other.url.rpartition(":")[2])
    monkeypatch.setattr(
        outbound, "find", lambda _url, _trusted: Place("http", "rebound.invalid", port, "127.0.0.1", "/")
    )
    with request("GET", "http://rebound.invalid/", headers={}, seconds=5) as response:
        assert response.status == 200
    assert other.requests[0].headers["Host"] == f"rebound.invalid:{port}"


def test_an_answer_that_trickles_is_cut_off(other: Receiver) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for number in range(100):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            handler.wfile.flush()
            time.sleep(0.05)

    other.answer = trickle
    began = time.monotonic()
    with pytest.raises(NETWORK_ERRORS), request("GET", other.url, headers={}, seconds=0.5) as response:
        response.read()
    assert time.monotonic() - began < 2


def test_silence_is_cut_off(other: Receiver) -> None:
    other.answer = lambda _handler: time.sleep(2)
    with pytest.raises(TimeoutError) as error, request("GET", other.url, headers={}, stall_seconds=0.2):
        pass
    assert failure(error.value) == "No answer in time."


def test_nobody_there(other: Receiver, settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = {"127.0.0.1"}
    with pytest.raises(ConnectionRefusedError) as error, request("GET", "http://127.0.0.1:9/", headers={}):
        pass
    assert failure(error.value) == "Connection refused."


def test_a_certificate_nobody_trusts(other: Receiver, settings: Settings) -> None:
    """The receiver speaks no TLS at all: the handshake fails, as an error that is expected."""
    settings.OUTBOUND_HOSTS = {"127.0.0.1"}
    with pytest.raises(NETWORK_ERRORS), request("GET", other.url.replace("http:", "https:"), headers={}, seconds=5):
        pass
    assert other.requests == []
