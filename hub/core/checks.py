"""What an operator can set wrong, found at the start of every command; each finding has a stable id.

Values that cannot be read at all stop the start earlier, in `hub.settings.env`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning

from hub.core.signing import signer_of

SECRET_KEY_LENGTH = 40
FREE_BYTES = 1 << 30


def hub_check(*tags: str, deploy: bool = False) -> Callable[[Callable[[], Iterator[CheckMessage]]], None]:
    """Register a generator of findings as a Django check."""

    def decorate(find: Callable[[], Iterator[CheckMessage]]) -> None:
        def check(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 (Django's signature)
            return list(find())

        register(check, *tags, deploy=deploy)

    return decorate


@hub_check(Tags.urls)
def public_url() -> Iterator[CheckMessage]:
    """Every absolute address starts with it, so a wrong one breaks clone, upload and mail far from here."""
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme not in {"http", "https"} or not url.hostname:
        yield Error(
            f"HUB_PUBLIC_URL={settings.PUBLIC_URL!r} is no absolute http address.",
            hint="Write it in full: https://hub.example.org",
            id="hub.E001",
        )
    elif url.path or url.query or url.fragment:
        yield Error(
            f"HUB_PUBLIC_URL={settings.PUBLIC_URL!r} has a path.",
            hint="Clients put their own paths after the host: give the hub a host name or a port of its own.",
            id="hub.E002",
        )


@hub_check(Tags.security)
def debug_in_public() -> Iterator[CheckMessage]:
    if settings.DEBUG and settings.PUBLIC_URL.startswith("https://"):
        yield Error(
            "HUB_DEBUG is on for a public hub: its error pages show settings and source to everyone.",
            hint="Unset HUB_DEBUG.",
            id="hub.E003",
        )


@hub_check(Tags.security)
def secret_key() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SECRET_KEY_LENGTH:
        yield Error(
            f"HUB_SECRET_KEY has {len(settings.SECRET_KEY)} characters; sessions, tokens and upload rights hang on it.",
            hint=f"Use {SECRET_KEY_LENGTH} random ones or more: openssl rand -base64 48",
            id="hub.E004",
        )


@hub_check(Tags.security)
def signing_key() -> Iterator[CheckMessage]:
    try:
        signer_of(settings.SIGNING_KEY)
    except ValueError:
        yield Error(
            "HUB_SIGNING_KEY is no Ed25519 private key in PEM: no evaluation record could be signed.",
            hint="Make one: openssl genpkey -algorithm ed25519",
            id="hub.E007",
        )


@hub_check(Tags.files)
def data_folder() -> Iterator[CheckMessage]:
    folder = Path(settings.DATA_DIR)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Error(
            f"The data folder {folder} cannot be written by user {os.geteuid()}.",
            hint="Change its owner, or set HUB_DATA_DIR.",
            id="hub.E005",
        )
    elif shutil.disk_usage(existing).free < FREE_BYTES:
        yield CheckWarning(
            f"Less than 1 GiB is free for the data folder {folder}.",
            hint="Uploads end with “storage full” once it is used up.",
            id="hub.W001",
        )


@hub_check(Tags.caches)
def redis() -> Iterator[CheckMessage]:
    if urlsplit(settings.REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
        yield Error(
            f"HUB_REDIS_URL={settings.REDIS_URL!r} is no Redis address.",
            hint="Use redis://host:6379/0, rediss://… or unix:///path/of/a/socket.",
            id="hub.E006",
        )


@hub_check(deploy=True)
def sqlite_in_public() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield CheckWarning(
            "A public hub on SQLite: one writer at a time, and every process must run on this machine.",
            hint="Set HUB_DATABASE_URL=postgres://…",
            id="hub.W002",
        )
