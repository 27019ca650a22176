"""What must be true before the processes start. Each step looks first, so that a second start is quick."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from community.members.models import User
from hub.embedded import evaluator

Say = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """`empty`: nobody has signed up yet."""

    empty: bool


def prepare(say: Say, token_file: Path) -> Prepared:
    """Bring database, static files and suites up to date; `token_file` then holds an evaluation worker's token."""
    try:
        _migrate(say)
        _collect_static(say)
        call_command("sync_suites", verbosity=0)
        evaluator.ensure_token(token_file)
        return Prepared(empty=not User.objects.exclude(username=evaluator.NAME).exists())
    finally:
        connection.close()


def _migrate(say: Say) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Bringing the database up to date.")
        call_command("migrate", interactive=False, verbosity=0)


def _collect_static(say: Say) -> None:
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    sources = _static_sources()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != sources:
        say("Collecting static files.")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(sources, encoding="utf-8")


def _static_sources() -> str:
    """A digest of the names, sizes and times of all static files: reading them all would take a second."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
