"""What an operator can set wrong about the object store; each finding has a stable id."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from hub.core.checks import hub_check
from models_app.blobs.stores.address import S3Address, local_root, s3_address

_SMALLEST_PART, _LARGEST_PART = 5 * 1024**2, 5 * 1024**3  # what S3 takes
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


@hub_check(Tags.files)
def object_store() -> Iterator[CheckMessage]:
    if local_root(settings.OBJECT_STORE) is not None:
        return
    try:
        address = s3_address(settings.OBJECT_STORE)
    except ImproperlyConfigured as error:
        yield Error(str(error), hint="See “Objects in S3” in docs/operations.md.", id="blobs.E001")
        return
    yield from _urls(address)
    if settings.ACCEL_PREFIX:
        yield CheckWarning(
            "HUB_ACCEL_PREFIX is set, but the objects are in S3: nginx cannot send them.",
            hint="Unset HUB_ACCEL_PREFIX.",
            id="blobs.W001",
        )
    if not any(os.environ.get(name) for name in _CREDENTIALS):
        yield CheckWarning(
            "No credentials for S3 are in the environment.",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless the machine itself has a role.",
            id="blobs.W002",
        )
    if not _SMALLEST_PART <= settings.LFS_PART_BYTES <= _LARGEST_PART:
        yield Error(
            f"HUB_LFS_PART_BYTES={settings.LFS_PART_BYTES}: S3 takes parts of 5 MiB to 5 GiB.",
            hint="Leave it unset for 128 MiB.",
            id="blobs.E002",
        )


def _urls(address: S3Address) -> Iterator[CheckMessage]:
    for name, text in (("endpoint_url", address.endpoint_url), ("public_url", address.public_url)):
        url = urlsplit(text or "https://s3.amazonaws.com")
        if url.scheme not in {"http", "https"} or not url.hostname:
            yield Error(
                f"HUB_OBJECT_STORE: {name}={text!r} is no absolute http address.",
                hint="Write it in full: https://s3.example.org",
                id="blobs.E003",
            )
            return
    public = urlsplit(address.public_url or "https://s3.amazonaws.com")
    if not address.reachable_beside(settings.PUBLIC_URL):
        if address.direct:
            yield CheckWarning(
                "The object store has the host name of the hub: every byte goes through the web processes.",
                hint="Give the store a name of its own (public_url=…), or say direct=no to keep it this way.",
                id="blobs.W003",
            )
    elif settings.PUBLIC_URL.startswith("https://") and public.scheme == "http":
        yield CheckWarning(
            f"Clients are sent from https to {address.public_url}, where anybody on the way reads along.",
            hint="Put https in front of the store and name it: public_url=https://…; or direct=no.",
            id="blobs.W004",
        )
