"""``manage.py quota NAME [BYTES]``: how much one member or organisation may store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.members.queries import get_namespace
from hub.core.errors import DomainError
from hub.templatetags.ui import filesize
from models_app.uploads.models import StorageQuota
from models_app.uploads.quotas import allowed_bytes, used_bytes

_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Command(BaseCommand):
    """Without a size it only tells what holds now."""

    help = "Show or set how much the repositories of one namespace may hold together."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of a member or an organisation")
        parser.add_argument("size", nargs="?", help="500GB, a number of bytes, unlimited, or default (the hub's own)")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            namespace = get_namespace(options["name"])
        except DomainError as error:
            raise CommandError(error.message) from error
        if options["size"] == "default":
            StorageQuota.objects.filter(namespace=namespace).delete()
        elif options["size"] is not None:
            values = {"allowed_bytes": _parse(options["size"])}
            StorageQuota.objects.update_or_create(namespace=namespace, defaults=values)
        allowed = allowed_bytes(namespace)
        limit = "without limit" if allowed is None else f"of {filesize(allowed)}"
        self.stdout.write(f"{namespace} uses {filesize(used_bytes(namespace))} {limit}")


def _parse(text: str) -> int | None:
    """Bytes; None for unlimited."""
    if text == "unlimited":
        return None
    number, unit = text, 1
    for suffix, factor in _UNITS.items():
        if text.upper().endswith(suffix):
            number, unit = text[: -len(suffix)], factor
    try:
        size = round(float(number) * unit)
    except (ValueError, OverflowError):
        size = -1
    if not 0 <= size < 2**63:
        raise CommandError(f"{text!r} is no size: write 500GB, 1.5TB, a number of bytes, unlimited or default.")
    return size
