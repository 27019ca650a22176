"""No way into private networks."""

import ipaddress
import socket

import pytest
from pytest_django import Settings

from hub.core import addresses
from hub.core.addresses import AddressRefused, check_url, find, is_public

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.168.1.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001:db8::1", "2001:0:1::1", "2002:a00:1::", "2002:808:808::", "fc00::1", "fd12::1",
    "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001:80e::200e"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://a.example/", "file:///etc/passwd", "https://", "https:///x", "http://a.example:22/",
        "https://a.example:80/", "http://user@a.example/", "http://a.example@b.example/", "http://a b/",
        "http://名.example/",
        "http://a.example:99999/", "http://[::1", "http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", "https://10.0.0.1/x",
        "http://[fe80::1%25eth0]/", "http://a.example/\r\nX: y", "gopher://127.0.0.1:6379/_x",
        "https://a.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_refused_as_written(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "localhost."])
def test_other_spellings_of_this_machine(host: str) -> None:
    with pytest.raises(AddressRefused):
        find(f"http://{host}/")


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["2606:4700::1111", "fd00::1"]])
def test_a_name_is_refused_if_any_of_its_addresses_is_private(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_kwargs: _found(answers))
    with pytest.raises(AddressRefused, match="private network"):
        find("https://a.example/")


def test_the_checked_address_is_the_one_to_connect_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_kwargs: _found(["8.8.4.4", "8.8.8.8"]))
    place = find("https://A.Example/hook?x=1")
    assert (place.scheme, place.host, place.port, place.address) == ("https", "a.example", 443, "8.8.4.4")
    assert place.target == "/hook?x=1"


def test_an_unknown_name() -> None:
    with pytest.raises(AddressRefused, match="no host called"):
        find("https://nothing.invalid/")


def test_the_operator_may_list_hosts(settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = {"127.0.0.1:9000", "intranet.example"}
    assert find("http://127.0.0.1:9000/x").address == "127.0.0.1"
    assert check_url("http://intranet.example:8080/").hostname == "intranet.example"
    with pytest.raises(AddressRefused):
        find("http://127.0.0.1:9001/x")


def test_a_caller_may_trust_one_host() -> None:
    assert find("http://127.0.0.1:9000/x", {"127.0.0.1:9000"}).address == "127.0.0.1"
    with pytest.raises(AddressRefused):
        find("http://127.0.0.1:9001/x", {"127.0.0.1:9000"})


def _found(answers: list[str]) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in answers]
