"""``manage.py sync_suites``: make the suite definitions of this release known to the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.core.errors import DomainError
from models_app.evaluation.suites.definitions import InvalidDefinition
from models_app.evaluation.suites.versions import sync_suites


class Command(BaseCommand):
    help = "Make the suite definitions of this release known to the database; run it after migrate."

    def handle(self, *_args: Any, verbosity: int, **_options: Any) -> None:
        try:
            versions = sync_suites()
        except (DomainError, InvalidDefinition) as error:
            raise CommandError(str(error)) from error
        if verbosity:
            for version in versions:
                self.stdout.write(f"{version}{' (active)' if version.active else ''}: {version.sha256}")
