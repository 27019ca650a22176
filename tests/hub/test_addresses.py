import socket

import pytest

from hub.embedded.addresses import Address, BadAddress, check_free, choose_address


@pytest.mark.parametrize(
    ("host", "port", "public_url", "expected"),
    [
        ("127.0.0.1", None, None, Address("127.0.0.1", 8000, "http://127.0.0.1:8000")),
        ("127.0.0.1", 8001, None, Address("127.0.0.1", 8001, "http://127.0.0.1:8001")),
        ("::1", 8001, None, Address("::1", 8001, "http://[::1]:8001")),
        ("127.0.0.1", None, "http://hub.local:9000", Address("127.0.0.1", 9000, "http://hub.local:9000")),
        ("127.0.0.1", None, "https://hub.example.org", Address("127.0.0.1", 8000, "https://hub.example.org")),
        ("0.0.0.0", 8001, "http://hub.local:8001", Address("0.0.0.0", 8001, "http://hub.local:8001")),
    ],
)
def test_address(host: str, port: int | None, public_url: str | None, expected: Address) -> None:
    assert choose_address(host=host, port=port, public_url=public_url) == expected


def test_serving_others_needs_a_name() -> None:
    with pytest.raises(BadAddress, match="set HUB_PUBLIC_URL to the address that they will use"):
        choose_address(host="0.0.0.0", port=None, public_url=None)


def test_workers_on_this_machine_use_loopback() -> None:
    assert Address("0.0.0.0", 8001, "http://hub.local:8001").local_url == "http://127.0.0.1:8001"


def test_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BadAddress, match=f"Port {port} is taken"):
            check_free(Address("127.0.0.1", port, ""))
    check_free(Address("127.0.0.1", port, ""))
