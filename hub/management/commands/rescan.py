"""``manage.py rescan``: examine files again, after an upgrade of the scanners or a failure."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from models_app.repos.models import Repo
from models_app.scanning.models import Scan, ScanStatus
from models_app.scanning.services import queue_head, queue_history, rescan


class Command(BaseCommand):
    help = "Queue files to be examined again: all, those of some repositories, or those that could not be examined."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("repos", nargs="*", metavar="namespace/name", help="default: every repository")
        parser.add_argument("--failed", action="store_true", help="only files that could not be examined")

    def handle(self, *_args: Any, repos: list[str], failed: bool, **_options: Any) -> None:
        chosen = (
            Repo.objects.filter(pk__in=[pk for name in repos for pk in _named(name)]) if repos else Repo.objects.all()
        )
        for repo in chosen.iterator():
            queue_head(repo)
            queue_history(repo)
        scans = Scan.objects.filter(Q(files__repo__in=chosen) | Q(source__in=chosen)) if repos else Scan.objects.all()
        if failed:
            scans = scans.filter(status=ScanStatus.ERROR)
        self.stdout.write(f"{rescan(Scan.objects.filter(pk__in=scans.values('pk')))} contents are queued.")


def _named(name: str) -> list[int]:
    namespace, _, short = name.partition("/")
    found = list(
        Repo.objects.filter(namespace__name__iexact=namespace, name__iexact=short).values_list("pk", flat=True)
    )
    if not found:
        raise CommandError(f"There is no repository called {name}.")
    return found
