"""How many requests one caller may send: kinds of requests, who counts as one caller, what the headers say."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_IPV6_NETWORK = 64  # bits: what one household gets


@dataclass(frozen=True)
class Limit:
    """At most `quota` requests of the kind `bucket` in each window of `seconds`."""

    bucket: str
    quota: int
    seconds: int


@dataclass(frozen=True)
class Standing:
    """How much of `limit` is left, and the seconds until the next window."""

    limit: Limit
    used: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit.quota

    def headers(self) -> dict[str, str]:
        """In the form that clients read (draft-ietf-httpapi-ratelimit-headers): they wait as long as `t` says."""
        limit, left = self.limit, max(0, self.limit.quota - self.used)
        return {
            "RateLimit": f'"{limit.bucket}";r={left};t={self.reset}',
            "RateLimit-Policy": f'"fixed window";"{limit.bucket}";q={limit.quota};w={limit.seconds}',
        } | ({"Retry-After": str(self.reset)} if self.exceeded else {})


def limit_of(
    path: str, buckets: Sequence[tuple[str, re.Pattern[str]]], quotas: Mapping[str, int], seconds: int
) -> Limit | None:
    """The limit of the first bucket whose pattern `path` begins with; None where there is none, or its quota is 0."""
    for bucket, pattern in buckets:
        if pattern.match(path):
            quota = quotas.get(bucket, 0)
            return Limit(bucket, quota, seconds) if quota > 0 else None
    return None


def network_of(address: str) -> str:
    """The address that stands for a caller: an IPv4 address, or the network of an IPv6 one; "" for what is neither."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False).network_address)
    return str(parsed)
