"""Signed, self-contained rights for machines: upload targets, storage tokens, evaluation leases."""

from django.core import signing

from community.members.actors import Capability
from community.members.errors import InvalidCredentials

_SALT = "community.members.capability"


def issue_capability(*, subject: str, right: str, seconds: int) -> str:
    """The text of a right to `subject` that ends `seconds` from now (without the ``cap_`` prefix of a bearer token)."""
    return signing.dumps({"s": subject, "r": right, "t": seconds}, salt=_SALT)


def read_capability(text: str) -> Capability:
    """The right in `text`. Raises `InvalidCredentials` if it is forged or over."""
    try:
        payload = signing.loads(text, salt=_SALT)
        signing.loads(text, salt=_SALT, max_age=payload["t"])
    except signing.BadSignature:
        raise InvalidCredentials from None
    return Capability(subject=payload["s"], right=payload["r"])
