"""Signed, self-contained rights for machines: upload targets, storage tokens, evaluation leases."""

import time

from django.core import signing

from community.members.actors import Capability, Right
from community.members.errors import InvalidCredentials

_SALT = "community.members.capability"


def issue_capability(*, subject: str, right: Right, seconds: int) -> str:
    """The text of a right to `subject` that ends `seconds` from now (without the ``cap_`` prefix of a bearer token)."""
    return signing.dumps({"s": subject, "r": right, "e": int(time.time()) + seconds}, salt=_SALT)


def read_capability(text: str) -> Capability:
    """The right in `text`. Raises `InvalidCredentials` if it is forged or over."""
    try:
        payload = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        raise InvalidCredentials from None
    if payload["e"] <= time.time():
        raise InvalidCredentials
    return Capability(subject=payload["s"], right=payload["r"])
