"""``manage.py workers``: who evaluates for this hub, and telling a worker to stop or go on."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.members.queries import get_member
from hub.core.errors import DomainError
from hub.core.tables import aligned
from hub.templatetags.ui import filesize
from models_app.evaluation import policy
from models_app.evaluation.queue import WorkerLine, worker_lines

_CHANGES = ("drain", "resume", "allow", "forbid")


class Command(BaseCommand):
    """Without an action it lists the workers of the last seven days."""

    help = "List evaluation workers; drain one (no further run) or resume it; allow members to donate workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", *_CHANGES), default="list")
        parser.add_argument(
            "name", nargs="?", help="drain, resume: WORKER or ACCOUNT/WORKER; allow, forbid: the member who donates"
        )
        parser.add_argument("--json", action="store_true", help="list for programs")

    def handle(self, *_args: object, **options: Any) -> None:
        action, name = options["action"], options["name"]
        if action == "list":
            lines = worker_lines()
            shown = _as_json(lines) if options["json"] else _table(lines)
            self.stdout.write(shown)
            return
        if name is None:
            raise CommandError(f"Say whom: manage.py workers {action} NAME")
        try:
            self.stdout.write(_change(action, name))
        except DomainError as error:
            raise CommandError(error.message) from error


def _change(action: str, name: str) -> str:
    if action in {"allow", "forbid"}:
        member = get_member(name)
        policy.allow_donation(member=member, allowed=action == "allow")
        return f"{member.username} may {'now' if action == 'allow' else 'no longer'} donate workers"
    worker = policy.get_worker(name)
    policy.drain(worker=worker, draining=action == "drain")
    return f"{worker.name} {'takes no further run' if action == 'drain' else 'takes runs again'}"


def _as_json(lines: list[WorkerLine]) -> str:
    return json.dumps([_facts(line) for line in lines], indent=2, default=str)


def _facts(line: WorkerLine) -> dict[str, Any]:
    worker = line.worker
    return {
        "name": worker.name,
        "account": worker.account.username,
        "state": line.state.value,
        "donated": worker.donated,
        "run": None if line.is_text else _work(line),
        "text": _work(line) if line.is_text else None,
        "heartbeat_at": worker.heartbeat_at.isoformat(),
        "hardware": worker.hardware,
        "versions": worker.versions,
    }


def _work(line: WorkerLine) -> dict[str, Any] | None:
    work = line.work
    return None if work is None else {"id": work.pk, "repo": work.repo.full_id, "progress": work.progress}


def _table(lines: list[WorkerLine]) -> str:
    head = ("WORKER", "STATE", "HEARD OF", "WORKS ON", "DEVICE", "A RUN MAY TAKE", "TORCH")
    return "\n".join(aligned([head, *(_row(line) for line in lines)]))


def _row(line: WorkerLine) -> tuple[str, ...]:
    worker, hardware = line.worker, line.worker.hardware
    room = hardware.get("run_memory_bytes")
    return (
        f"{worker.account.username}/{worker.name}" + (" (donated)" if worker.donated else ""),
        line.state.value,
        f"{worker.heartbeat_at:%Y-%m-%d %H:%M:%S}",
        "" if line.work is None else f"{'text' if line.is_text else 'run'} {line.work.pk} {line.work.repo.full_id}",
        hardware.get("gpu") or f"{hardware.get('device', '?')}, {hardware.get('cores', '?')} cores",
        "?" if room is None else filesize(room),
        str(worker.versions.get("torch", "?")),
    )
