"""``manage.py prepare``: what `up` does before it starts anything, for hubs of separate processes."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from hub.embedded.preparation import prepare


class Command(BaseCommand):
    """Safe to run at every start: it only does what is not done yet."""

    help = "Bring database, static files and suites up to date, and write a token for evaluation workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--token-file",
            type=Path,
            default=settings.DATA_DIR / "run" / "evaluator.token",
            help="default: %(default)s",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            prepare(self.stdout.write, options["token_file"])
        except DomainError as error:
            raise CommandError(error.message) from error
