"""``manage.py copy_objects ADDRESS``: to another store, for a move or as a backup."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from hub.templatetags.ui import filesize
from models_app.blobs.copying import copy_objects
from models_app.blobs.store import store_at


class Command(BaseCommand):
    """May run beside everything, be killed, and be run again: it copies what is not there yet."""

    help = "Copy all stored objects to another store, written as HUB_OBJECT_STORE is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="file:///path or s3://bucket/prefix?endpoint_url=…")

    def handle(self, *_args: object, **options: Any) -> None:
        copied = size = 0
        try:
            for item in copy_objects(store_at(options["address"])):
                copied, size = copied + 1, size + item.size
                self.stderr.write(f"{item.key}, {filesize(item.size)}")
        except (DomainError, ImproperlyConfigured, OSError) as error:
            raise CommandError(f"{error} Copied: {copied}. Run it again to go on.") from error
        self.stdout.write(f"Copied: {copied}, {filesize(size)}. All others were there.")
