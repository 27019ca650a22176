"""``manage.py reproduce``: measure again what a record says, on this machine, and tell what differs."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from community.members.auth import CAPABILITY_PREFIX
from community.members.capabilities import issue_capability
from hub.core.tables import aligned
from models_app.evaluation.engine.errors import EvaluationFailure
from models_app.evaluation.models import Record
from models_app.evaluation.records.agreement import Agreement, compare
from models_app.evaluation.records.checks import MAX_BYTES, problem_of
from models_app.evaluation.rules import sha256_of
from models_app.evaluation.worker.errors import WorkerError
from models_app.evaluation.worker.reproduction import reproduce
from models_app.evaluation.worker.settings import WorkerSettings
from models_app.repos.queries import capability_subject

Token = str | Literal[False]
_HUB_SECONDS = 30.0


class Command(BaseCommand):
    help = (
        "Run the evaluation behind a record again in this machine's sandbox and compare every score, item and sample. "
        "Ends with 1 when a score differs by more than a thousandth of its value and a quarter of its standard error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sha256", nargs="?", help="the record, by the SHA-256 of its bytes")
        parser.add_argument("--record", type=Path, metavar="FILE", help="a record's JSON instead of its SHA-256")
        parser.add_argument(
            "--hub", metavar="URL", help="another hub that has the model (and the record); reads as HF_TOKEN says"
        )

    def handle(self, *_args: Any, sha256: str | None, record: Path | None, hub: str | None, **_options: Any) -> None:
        if (sha256 is None) == (record is None):
            raise CommandError("Name a record by its SHA-256, or a file with --record.")
        token: Token = os.environ.get("HF_TOKEN") or False
        hub = hub.rstrip("/") if hub else None
        if record is not None:
            document = _parsed(record.read_bytes())
        elif hub is not None:
            document = _fetched(hub, str(sha256), token)
        else:
            document, token = _own(str(sha256))
        again = self._again(document, hub, token)
        self._tell(document, again)

    def _again(self, document: Mapping[str, Any], hub: str | None, token: Token) -> dict[str, Any]:
        own = WorkerSettings.from_environment(token="")
        chosen = replace(own, hub_url=hub) if hub else own
        self.stdout.write(f"{document['repo']} at {document['commit']}, from {chosen.hub_url}")
        try:
            return reproduce(document, settings=chosen, token=token, seconds=settings.EVALUATION_RUN_SECONDS)
        except EvaluationFailure as failure:
            raise CommandError(f"{failure.failure_class}: {failure.reason}") from failure
        except WorkerError as error:
            raise CommandError(str(error)) from error

    def _tell(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        agreement = compare(before, after)
        self.stdout.write("\n".join(_table(agreement)))
        self.stdout.write("\n".join(_conditions(before, after)))
        if before["files"] != after["files"]:
            raise CommandError("The hub's files at this commit are not those that the record names.")
        if not agreement.agrees:
            raise CommandError(f"Not reproduced: scores differ in {', '.join(agreement.differing_tasks)}.")
        self.stdout.write("Reproduced: every score agrees.")


def _own(sha256: str) -> tuple[dict[str, Any], Token]:
    """The record of this hub, and a token that reads its repo."""
    record = Record.objects.select_related("run__repo").filter(sha256=sha256).first()
    if record is None:
        raise CommandError("This hub has no such record. One of another hub needs --hub.")
    subject = capability_subject(record.run.repo)
    capability = issue_capability(subject=subject, right="read", seconds=settings.EVALUATION_RUN_SECONDS)
    # The repo may have been renamed since: its files are asked for by its name of now.
    return record.document | {"repo": record.run.repo.full_id}, CAPABILITY_PREFIX + capability


def _fetched(hub: str, sha256: str, token: Token) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx2.get(f"{hub}/api/evaluation/records/{sha256}", headers=headers, timeout=_HUB_SECONDS)
    except httpx2.TransportError as error:
        raise CommandError(f"The hub at {hub} cannot be reached: {error}.") from error
    if not answer.is_success:
        raise CommandError(f"The hub at {hub} does not give this record: it answers {answer.status_code}.")
    if sha256_of(answer.content) != sha256:
        raise CommandError(f"What {hub} gives is not the record of this SHA-256.")
    return _parsed(answer.content)


def _parsed(content: bytes) -> dict[str, Any]:
    """Raises `CommandError` when `content` is no record."""
    try:
        document: Any = json.loads(content) if len(content) <= MAX_BYTES else None
    except ValueError:
        document = None
    problem = problem_of(document)
    if problem:
        raise CommandError(problem)
    checked: dict[str, Any] = document
    return checked


def _table(agreement: Agreement) -> list[str]:
    rows = [["task", "metric", "record", "now", "allowed", ""]]
    for pair in agreement.scores:
        values = ["–" if value is None else f"{value:.6g}" for value in (pair.first, pair.second)]
        rows.append([pair.task, pair.metric, *values, f"{pair.allowed:.2g}", "" if pair.agrees else "DIFFERS"])
    moved = {task: count for task, count in agreement.items.items() if count != 0}
    texts = [f"{prompt} by {strategy}" for (prompt, strategy), same in agreement.samples.items() if not same]
    same = len(agreement.samples) - len(texts)
    return [
        *aligned(rows),
        *(f"answers of {task}: {'some' if count is None else count} differ" for task, count in moved.items()),
        f"samples: {same} of {len(agreement.samples)} alike",
        *(f"  another text: {text}" for text in texts),
    ]


def _conditions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is different about this machine."""
    pairs = {"device": (before["device"], after["device"])} | {
        package: (before["versions"].get(package, "–"), after["versions"].get(package, "–"))
        for package in sorted({*before["versions"], *after["versions"]})
    }
    return [f"{name}: {first} then, {second} now" for name, (first, second) in pairs.items() if first != second]
