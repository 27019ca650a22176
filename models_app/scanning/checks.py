"""What an operator can set wrong about scanning; each finding has a stable id."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags

from hub.core.checks import hub_check


@hub_check(Tags.security)
def clamd_address() -> Iterator[CheckMessage]:
    url = urlsplit(settings.CLAMD_ADDRESS)
    named = url.path if url.scheme == "unix" else url.hostname if url.scheme == "tcp" else ""
    if settings.CLAMD_ADDRESS and not named:
        yield Error(
            f"HUB_CLAMD_ADDRESS={settings.CLAMD_ADDRESS!r} is no address of a clamd: no file would be called safe.",
            hint="Use unix:///path/of/its/socket or tcp://host:3310, or leave it empty.",
            id="scanning.E001",
        )
