"""``manage.py import_model NAMESPACE/NAME --from ENDPOINT``: copy a repository of another hub, with its history."""

import threading
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from community.members.actors import Actor
from community.members.models import Membership, Role, User
from hub.core.errors import DomainError
from models_app.imports import runner, services
from models_app.imports.models import ImportJob, ImportState
from models_app.imports.progress import claim
from models_app.imports.services import Wish
from models_app.repos.models import RepoKind

_EVERY_SECONDS = 2.0


class Command(BaseCommand):
    help = "Copy a repository of another Hugging Face endpoint, with its history. Run it again to go on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="NAMESPACE/NAME")
        parser.add_argument("--from", dest="endpoint", required=True, metavar="ENDPOINT", help="https://huggingface.co")
        parser.add_argument("--as", dest="target", metavar="NAMESPACE/NAME", help="default: the same id")
        parser.add_argument("--kind", choices=RepoKind.values, default=RepoKind.MODEL)
        parser.add_argument("--private", action="store_true", help="only members of the namespace see it")
        parser.add_argument("--token-file", type=Path, help="a file with a token of the source")

    def handle(self, *_args: Any, **options: Any) -> None:
        token = _token(options["token_file"])
        namespace, _, name = (options["target"] or options["source"]).partition("/")
        wish = Wish(
            endpoint=options["endpoint"].rstrip("/"),
            source_id=options["source"],
            kind=options["kind"],
            namespace=namespace,
            name=name,
            private=options["private"],
        )
        job = _unfinished(wish) or _new_job(wish)
        while job.is_live:
            self._try(job, token)
            job.refresh_from_db()
            if job.is_live:
                wait = (job.due_at - timezone.now()).total_seconds()
                self.stderr.write(f"{job.problem} Trying again in {wait:.0f} s.")
                time.sleep(max(wait, 0))
        if job.state != ImportState.DONE:
            raise CommandError(f"{job.problem or 'The import was cancelled.'} Run the command again to go on.")
        self.stdout.write(f"{job.repo.full_id} is here: {job.files_total} large files, {job.bytes_total} bytes.")

    def _try(self, job: ImportJob, token: str) -> None:
        progress = claim(job.pk, by_command=True)
        if progress is None:
            raise CommandError("Another process works on this import; if it died, try again in two minutes.")
        done = threading.Event()
        reporter = threading.Thread(target=self._report, args=(job.pk, done), daemon=True)
        reporter.start()
        try:
            runner.work(progress, token=token)
        finally:
            done.set()
            reporter.join()

    def _report(self, job_id: int, done: threading.Event) -> None:
        while not done.wait(_EVERY_SECONDS):
            job = ImportJob.objects.get(pk=job_id)
            percent = "" if job.percent is None else f" {job.percent} %"
            self.stderr.write(f"{job.get_stage_display()}: {job.files_done} of {job.files_total} files{percent}")
        connection.close()


def _token(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path is not None else ""
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error


def _unfinished(wish: Wish) -> ImportJob | None:
    """The job of an earlier call that did not come to its end, queued again."""
    same = ImportJob.objects.filter(
        by_command=True,
        endpoint=wish.endpoint,
        source_id=wish.source_id,
        repo__kind=wish.kind,
        repo__name__iexact=wish.name,
        repo__namespace__name__iexact=wish.namespace,
    )
    job = same.exclude(state=ImportState.DONE).first()
    if job is not None and job.state != ImportState.RUNNING:
        services.retry(job=job)
        job.refresh_from_db()
    return job


def _new_job(wish: Wish) -> ImportJob:
    try:
        return services.make_job(actor=Actor(user=_owner(wish.namespace)), wish=wish, by_command=True)
    except DomainError as error:
        raise CommandError(error.message) from error


def _owner(namespace: str) -> User:
    """For whom the operator acts: the member of this name, or an admin of the organisation."""
    member = User.objects.filter(namespace__name__iexact=namespace).first()
    if member is not None:
        return member
    admins = Membership.objects.filter(organization__namespace__name__iexact=namespace, role=Role.ADMIN)
    admin = admins.select_related("user").order_by("pk").first()
    if admin is None:
        raise CommandError(f"There is no member or organisation called {namespace!r}: make it first, or use --as.")
    return admin.user
