"""Addresses of bytes of a xorb, which carry their own right: clients send no token with these requests."""

from collections.abc import Iterator, Sequence

from community.members.capabilities import issue_capability, read_capability
from community.members.errors import InvalidCredentials
from hub.core.batches import batched
from hub.core.errors import Forbidden
from models_app.blobs.reader import xorb_url
from models_app.blobs.reconstruction import Span
from models_app.blobs.store import object_store
from models_app.hfapi.xet_tokens import store_url

# For the first byte; only the hub's own clock decides. A client that hears 403 fetches new addresses, so that a slow
# download goes on as long as its member may have the file: an address itself does not ask.
LINK_SECONDS = 600
_SCHEME = "xorb"
_SPANS_PER_LINK = 16  # a request for each would be slow, and an address for thousands too long


class LinkOver(Forbidden):
    """Clients look for the status."""

    code = "link_over"

    def __init__(self) -> None:
        super().__init__("This address is over or is not for these bytes: ask for the file's reconstruction again.")


def xorb_links(xorb: str, spans: Sequence[Span]) -> Iterator[tuple[str, Sequence[Span]]]:
    """Where the bytes of `spans`, and no others of the xorb, may be fetched for `LINK_SECONDS`: addresses of some each.

    In the store itself where clients reach it: there each span has an address of its own, that opens nothing else.
    """
    size = _SPANS_PER_LINK if object_store().direct is None else 1
    for some in batched(spans, size):
        url = xorb_url(xorb, (some[0].start, some[0].end), seconds=LINK_SECONDS) if size == 1 else None
        yield url or xorb_link(xorb, some), some


def xorb_link(xorb: str, spans: Sequence[Span]) -> str:
    """The hub's own address of these bytes."""
    ranges = ",".join(f"{span.start}-{span.end}" for span in spans)
    token = issue_capability(subject=f"{_SCHEME}:{xorb}:{ranges}", right="read", seconds=LINK_SECONDS)
    return f"{store_url()}/xorbs/{xorb}?token={token}"


def check_link(token: str, xorb: str, ranges: Sequence[tuple[int, int]]) -> None:
    """Raises `LinkOver` unless `token` is one of `xorb_link` for this xorb, and each of `ranges` lies in its spans."""
    try:
        scheme, _, rest = read_capability(token).subject.partition(":")
    except InvalidCredentials:
        raise LinkOver from None
    name, _, spans = rest.partition(":")
    if scheme != _SCHEME or name != xorb:
        raise LinkOver
    allowed = [tuple(map(int, span.split("-"))) for span in spans.split(",")]
    if not all(any(start <= first and last <= end for start, end in allowed) for first, last in ranges):
        raise LinkOver
