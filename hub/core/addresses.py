"""Which addresses of others the hub may open: never those inside its own network, unless the operator names them."""

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from hub.core.errors import Invalid

_PORTS = {"http": 80, "https": 443}
_MAX_URL = 2000
_UNICAST = ipaddress.ip_network("2000::/3")
# Each of these holds an IPv4 address that a gateway would unwrap and open for us.
_TUNNELS = [ipaddress.ip_network(text) for text in ("2001::/32", "2002::/16")]

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Invalid):
    """A URL that the hub will not open."""

    code = "address_refused"


@dataclass(frozen=True)
class Place:
    """Where a checked URL leads. `address` is the one IP address to connect to, `target` the path with its query."""

    scheme: str
    host: str
    port: int
    address: str
    target: str


def check_url(url: str, trusted: Collection[str] = ()) -> SplitResult:
    """What can be said of `url` without asking for its name. Raises `AddressRefused`.

    Of the hosts `trusted` (``host:port``), as of those that the operator lists, nothing more is asked.
    """
    parts, port = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise AddressRefused(_("Give a full address that starts with https:// or http://, without a user name."))
    if _is_trusted(parts.hostname, port, trusted):
        return parts
    if port != _PORTS[parts.scheme]:
        raise AddressRefused(_("Only the ports 443 (https) and 80 (http) may be used."))
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    _check_public(literal)
    return parts


def find(url: str, trusted: Collection[str] = ()) -> Place:
    """Resolve the name in `url` once, and refuse it if any of its addresses is not public.

    The caller must connect to `Place.address`: asking for the name again could give another answer.
    Raises `AddressRefused`, also for a name that nobody knows.
    """
    parts = check_url(url, trusted)
    host, port = parts.hostname or "", _split(url)[1]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(_("There is no host called “%(host)s”.") % {"host": host[:200]}) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not _is_trusted(host, port, trusted):
        for address in addresses:
            _check_public(ipaddress.ip_address(address))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, addresses[0], target)


def is_public(address: IPAddress) -> bool:
    """Whether `address` is one on the open internet, as far as its number says."""
    if isinstance(address, ipaddress.IPv6Address):
        tunnelled = any(address in network for network in _TUNNELS)
        # IPv4-mapped, NAT64, unique local and link-local addresses all lie outside of 2000::/3.
        return address in _UNICAST and address.is_global and not tunnelled
    return address.is_global and not address.is_multicast


def host_of(url: str) -> str:
    """``host:port`` of a URL. Raises `AddressRefused`."""
    parts, port = _split(url)
    return f"{parts.hostname}:{port}".lower()


def _is_trusted(host: str, port: int, trusted: Collection[str]) -> bool:
    """Whether this host may lie anywhere: HUB_OUTBOUND_HOSTS names it (or it and its port), or the caller knows it."""
    named = f"{host}:{port}".lower()
    return named in trusted or not {host.lower(), named}.isdisjoint(settings.OUTBOUND_HOSTS)


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        if len(url) > _MAX_URL or not url.isascii() or any(character <= " " for character in url):
            raise ValueError  # noqa: TRY301 (one sentence for all that is no URL)
        parts = urlsplit(url)
        return parts, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise AddressRefused(_("This is not an address: use plain ASCII without spaces.")) from None


def _check_public(address: IPAddress) -> None:
    if not is_public(address):
        raise AddressRefused(
            _("The address leads into a private network (%(address)s); the hub opens only public ones.")
            % {"address": address}
        )
