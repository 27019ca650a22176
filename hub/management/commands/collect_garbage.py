"""``manage.py collect_garbage``: free what nobody refers to."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from hub.core.errors import DomainError
from hub.templatetags.ui import filesize
from models_app.storage.garbage import GRACE, Amount, collect_garbage


class Command(BaseCommand):
    """Runs once a day by itself; safe beside uploads, and beside another one."""

    help = "Remove objects and git repositories that nobody has referred to for some weeks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument(
            "--grace-days",
            type=float,
            default=GRACE.days,
            help="default: %(default)s. Clients name for three weeks what they once sent: with less, uploads may fail",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        if options["grace_days"] < 0:
            raise CommandError("--grace-days cannot be negative.")
        try:
            collected = collect_garbage(grace=timedelta(days=options["grace_days"]), dry_run=options["dry_run"])
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write("Would be removed:" if options["dry_run"] else "Removed:")
        self._line("large file", collected.files)
        self._line("xorb", collected.xorbs)
        self._line("part of an upload", collected.parts, "parts of uploads")
        self._line("git repository", collected.repositories, "git repositories")
        self.stdout.write(f"{'Together':>24}: {filesize(collected.size)}")
        self.stdout.write(f"Unused, but not for {options['grace_days']:g} days yet:")
        self._line("object", collected.waiting)

    def _line(self, one: str, amount: Amount, many: str = "") -> None:
        name = one if amount.count == 1 else many or f"{one}{pluralize(amount.count)}"
        self.stdout.write(f"{amount.count:>6} {name:17}: {filesize(amount.size)}")
