"""``manage.py suites``: the suite versions that this hub knows, and which one is active."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import versions
from models_app.evaluation.suites.queries import get_suite_version


class Command(BaseCommand):
    help = "List suite versions, or make one the active one."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command")
        activate = commands.add_parser("activate", help="measure new commits under it, and measure all models again")
        activate.add_argument("version", metavar="NAME/VERSION")
        activate.add_argument("--reason", required=True, help="a sentence for the log that everybody reads")
        activate.add_argument("--link", default="", help="a page of this hub that says more")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["command"] == "activate":
                self._activate(options)
        except DomainError as error:
            raise CommandError(error.message) from error
        for version in SuiteVersion.objects.order_by("suite", "version"):
            self.stdout.write(f"{version.key}{' (active)' if version.active else ''}: {version.sha256}")

    def _activate(self, options: dict[str, Any]) -> None:
        activation = versions.activate(
            version=_version(options["version"]), reason=options["reason"], link=options["link"]
        )
        self.stdout.write(f"{activation.reruns_expected} models will be measured again, at low priority.")


def _version(key: str) -> SuiteVersion:
    suite, _, version = key.rpartition("/")
    return get_suite_version(suite, int(version) if version.isdecimal() else 0)
