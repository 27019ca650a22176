"""Where an embedded hub listens, and what it calls itself."""

import errno
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORT = 8000


class BadAddress(Exception):
    """The hub cannot be served there; the sentence says why and what to do."""


@dataclass(frozen=True)
class Address:
    """`host` and `port` to listen on; `public_url` is what everyone is told; `local_url` works on this machine."""

    host: str
    port: int
    public_url: str

    @property
    def local_url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def choose_address(*, host: str, port: int | None, public_url: str | None) -> Address:
    """The address from what was asked for; `public_url` is HUB_PUBLIC_URL, if somebody set it.

    Raises `BadAddress` for an address that others should reach but nobody has named.
    """
    if public_url is not None:
        return Address(host, port or _port_of(public_url), public_url)
    if not _is_loopback(host):
        raise BadAddress(
            f"To serve others from {host}, set HUB_PUBLIC_URL to the address that they will use, "
            f"such as http://this-machine:{port or DEFAULT_PORT}."
        )
    address = Address(host, port or DEFAULT_PORT, "")
    return Address(address.host, address.port, address.local_url)


def check_free(address: Address) -> None:
    """Raises `BadAddress` if somebody else listens there, or this user may not."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        socket.create_server((address.host, address.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BadAddress(
                f"Port {address.port} is taken by another program: choose one with PORT={address.port + 1}."
            ) from error
        raise BadAddress(f"Cannot listen on {address.host}:{address.port}: {error.strerror}.") from error


def _port_of(url: str) -> int:
    """The port of a hub that is its own front door; behind a proxy (https, a bare name) it is the default one."""
    return urlsplit(url).port or DEFAULT_PORT


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
