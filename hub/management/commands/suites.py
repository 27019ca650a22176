"""``manage.py suites``: the suite versions that this hub knows, and all that makes one of them the active one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.members.actors import ANONYMOUS
from hub.core.errors import DomainError
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import pinning, proposals, versions
from models_app.evaluation.suites.definitions import read_files
from models_app.evaluation.suites.pinning import Wish
from models_app.evaluation.suites.queries import get_suite_version
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo


class Command(BaseCommand):
    help = "List suite versions; derive, pin, propose, preview one, or make it the active one."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command")
        derive = commands.add_parser("derive", help="propose the next version: one after changes")
        derive.add_argument("version", metavar="NAME/VERSION")
        derive.add_argument("changes", type=Path, help='a JSON file: [{"change": "retire", "task": …}, …]')
        derive.add_argument("--note", required=True, help="why: a sentence that everybody reads")
        propose = commands.add_parser("propose", help="propose the version in a folder that holds suite.yaml")
        propose.add_argument("folder", type=Path)
        propose.add_argument("--note", required=True, help="why: a sentence that everybody reads")
        preview = commands.add_parser("preview", help="measure public models under it; the results count nowhere")
        preview.add_argument("version", metavar="NAME/VERSION")
        preview.add_argument("models", nargs="+", metavar="NAMESPACE/NAME")
        activate = commands.add_parser("activate", help="measure new commits under it, and measure all models again")
        activate.add_argument("version", metavar="NAME/VERSION")
        activate.add_argument("--reason", required=True, help="a sentence for the log that everybody reads")
        activate.add_argument("--link", default="", help="a page of this hub that says more")
        pin = commands.add_parser("pin", help="make a template's next version from what this hub's datasets have now")
        pin.add_argument("template", metavar="NAME", help="such as standard-hub")
        pin.add_argument("--tasks", default="", metavar="TASK,…", help="only these; default: all")
        pin.add_argument("--rows", type=int, help="at most so many of each task, the first ones; default: all")
        pin.add_argument("--namespace", default="", help="where the datasets are; default: where it looks for them")
        pin.add_argument("--note", default="", help="why, for everybody")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["command"]:
                self.stdout.write(_COMMANDS[options["command"]](options))
        except DomainError as error:
            raise CommandError(error.message) from error
        for version in SuiteVersion.objects.order_by("suite", "version"):
            self.stdout.write(f"{version.key}{' (active)' if version.active else ''}: {version.sha256}")
        for name, content in pinning.templates().items():
            self.stdout.write(f"{name}: {len(content['tasks'])} tasks, to be pinned (manage.py suites pin {name})")


def _derive(options: dict[str, Any]) -> str:
    try:
        changes = json.loads(options["changes"].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{options['changes']}: {error}") from error
    base = _version(options["version"])
    return f"{proposals.derived(base=base, changes=changes, note=options['note']).key} is proposed."


def _pin(options: dict[str, Any]) -> str:
    tasks = [name.strip() for name in options["tasks"].split(",") if name.strip()]
    wish = Wish(tasks=tasks, most_rows=options["rows"], namespace=options["namespace"])
    version = pinning.pin(template=options["template"], wish=wish, note=options["note"])
    return f"{version.key} names what the datasets have now. It counts once it is activated."


def _propose(options: dict[str, Any]) -> str:
    return f"{proposals.propose(files=read_files(options['folder']), note=options['note']).key} is proposed."


def _preview(options: dict[str, Any]) -> str:
    repos = [get_repo(ANONYMOUS, RepoKind.MODEL, name) for name in options["models"]]
    count = proposals.queue_preview(version=_version(options["version"]), repos=repos)
    return f"{count} of {len(repos)} models have checkpoints and are measured, at low priority."


def _activate(options: dict[str, Any]) -> str:
    version, link = _version(options["version"]), options["link"]
    activation = versions.activate(version=version, reason=options["reason"], link=link)
    return f"{activation.reruns_expected} models will be measured again, at low priority."


_COMMANDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "derive": _derive,
    "pin": _pin,
    "propose": _propose,
    "preview": _preview,
    "activate": _activate,
}


def _version(key: str) -> SuiteVersion:
    suite, _, version = key.rpartition("/")
    return get_suite_version(suite, int(version) if version.isdecimal() else 0)
