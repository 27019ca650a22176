"""``manage.py fsck``: is everything that is stored still what it was?"""

import re
import time
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from hub.templatetags.ui import filesize
from models_app.repos.models import Repo, RepoKind
from models_app.storage.integrity import Checked, Scope, check_all

_PROGRESS_SECONDS = 5
_KEY = re.compile(r"(git/\d{1,18}|(xorbs|lfs)/[0-9a-f]{64})?")


@dataclass
class Tally:
    """What has been checked so far, up to the key `last`; `size` in bytes."""

    checked: int = 0
    damaged: int = 0
    size: int = 0
    last: str = ""

    def add(self, item: Checked) -> None:
        self.checked += 1
        self.damaged += bool(item.faults)
        self.size += item.size
        self.last = item.key

    @property
    def advice(self) -> str:
        return f"To go on: manage.py fsck --after {self.last}" if self.last else "Nothing was checked."


class Command(BaseCommand):
    """Reads every byte, changes nothing, and may run beside everything else. Its status is 1 if it found damage."""

    help = "Check git repositories, xorbs and large files against their hashes; name what is damaged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repo", help="check only what alice/tiny consists of; datasets/alice/tiny for a dataset")
        parser.add_argument("--limit", type=int, help="stop after so many objects, and say how to go on")
        parser.add_argument("--after", default="", metavar="KEY", help="go on behind this object")

    def handle(self, *_args: object, **options: Any) -> None:
        if not _KEY.fullmatch(options["after"]):
            raise CommandError("--after takes a key as fsck itself prints it: git/12, xorbs/<hash> or lfs/<sha256>.")
        scope = Scope(repo=_repo(options["repo"]) if options["repo"] else None, after=options["after"])
        tally = Tally()
        try:
            complete = self._check(scope, options["limit"], tally)
        except KeyboardInterrupt:
            complete = False
        except DomainError as error:  # the store is away: that says nothing about what is in it
            raise CommandError(f"{error.message} {tally.advice}", returncode=2) from error
        self.stdout.write(f"{tally.checked} checked, {filesize(tally.size)}, {tally.damaged} damaged.")
        if not complete:
            self.stdout.write(f"Stopped early. {tally.advice}")
        if tally.damaged:
            raise CommandError("There is damage, see above.")

    def _check(self, scope: Scope, limit: int | None, tally: Tally) -> bool:
        """Whether the end was reached, before `limit` was."""
        total, told = scope.count(), time.monotonic()
        for item in check_all(scope):
            tally.add(item)
            self._tell(item)
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                self.stderr.write(f"{tally.checked} of {total} checked, {filesize(tally.size)}; at {item.key}")
            if tally.checked == limit:
                return False
        return True

    def _tell(self, item: Checked) -> None:
        for fault in item.faults:
            self.stdout.write(f"DAMAGED {fault}")
        for place in item.places:
            self.stdout.write(f"    in {place}")


def _repo(name: str) -> Repo:
    prefix, _, rest = name.partition("/")
    kind = {"datasets": RepoKind.DATASET, "spaces": RepoKind.SPACE}.get(prefix) if "/" in rest else None
    namespace, _, short = (rest if kind else name).partition("/")
    repos = Repo.objects.select_related("namespace").filter(kind=kind or RepoKind.MODEL)
    repo = repos.filter(namespace__name__iexact=namespace, name__iexact=short).first()
    if repo is None:
        raise CommandError(f"There is no repository {name!r}.")
    return repo
