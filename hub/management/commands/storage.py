"""``manage.py storage``: what the whole hub stores, for its operator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub.templatetags.ui import filesize
from models_app.storage.queries import hub_usage, largest_namespaces


class Command(BaseCommand):
    """Counts what the database knows: quick, and without reading the store."""

    help = "Show what the hub stores, what sharing saves, and who stores most."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--top", type=int, default=10, help="how many namespaces to list; default: %(default)s")

    def handle(self, *_args: object, **options: Any) -> None:
        usage = hub_usage()
        lines = [
            ("repositories", f"{usage.repos}, {usage.private_repos} of them private"),
            ("large files of all repositories", filesize(usage.files)),
            ("each once", f"{filesize(usage.large_bytes)} in {usage.large_files} files"),
            ("flat objects", f"{filesize(usage.flat_bytes)} in {usage.flat_objects}"),
            ("xorbs", f"{filesize(usage.xorb_bytes)} in {usage.xorbs}"),
            ("stored", f"{filesize(usage.stored)}{_ratio(usage.files, usage.stored)}"),
            ("unused, to be collected", filesize(usage.unused_bytes)),
        ]
        for name, value in lines:
            self.stdout.write(f"{name:>32}: {value}")
        for name, size in largest_namespaces(options["top"]):
            self.stdout.write(f"{name:>32}  {filesize(size)}")


def _ratio(files: int, stored: int) -> str:
    return f"; the files are {files / stored:.1f} times as large" if stored else ""
