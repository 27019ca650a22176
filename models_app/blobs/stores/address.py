"""HUB_OBJECT_STORE as text: ``file:///path`` or ``s3://bucket/prefix?endpoint_url=…&region=…&public_url=…&direct=no``."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_OPTIONS = {"endpoint_url", "region", "public_url", "direct"}
_DIRECT = {"yes": True, "no": False}
_HINT = "use file:///path or s3://bucket/prefix?endpoint_url=https://…&region=…"


@dataclass(frozen=True)
class S3Address:
    """`prefix` is empty or ends with a slash. `endpoint_url` is None for Amazon's own.

    `public_url` is where clients reach the same bucket, usually the endpoint. `direct`: they may be sent there.
    """

    bucket: str
    prefix: str
    region: str
    endpoint_url: str | None
    public_url: str | None
    direct: bool

    def reachable_beside(self, hub_url: str) -> bool:
        """Whether clients of the hub at `hub_url` can fetch from the bucket itself.

        Hub clients follow a redirect only to another host name than the hub's: another port is not enough.
        """
        host = urlsplit(self.public_url).hostname if self.public_url else "amazonaws.com"
        return self.direct and host != urlsplit(hub_url).hostname


def local_root(address: str) -> str | None:
    """The folder of a ``file:`` address; None for another."""
    url = urlsplit(address)
    return unquote(url.path) if url.scheme == "file" else None


def s3_address(address: str) -> S3Address:
    """Raises `ImproperlyConfigured` for anything but a complete ``s3:`` address."""
    url = urlsplit(address)
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    unknown = sorted(options.keys() - _OPTIONS)
    if url.scheme != "s3" or not url.hostname or unknown or options.get("direct", "yes") not in _DIRECT:
        what = f"has unknown options {', '.join(unknown)}" if unknown else "is no address of a store"
        raise ImproperlyConfigured(f"HUB_OBJECT_STORE={address!r} {what}: {_HINT}.")
    endpoint = options.get("endpoint_url")
    prefix = unquote(url.path).strip("/")
    return S3Address(
        bucket=url.netloc,
        prefix=f"{prefix}/" if prefix else "",
        region=options.get("region", "us-east-1"),
        endpoint_url=endpoint,
        public_url=options.get("public_url", endpoint),
        direct=_DIRECT[options.get("direct", "yes")],
    )
