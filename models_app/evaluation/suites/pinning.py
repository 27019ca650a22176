"""Templates of suites, whose data lies in dataset repositories, and the versions that are made out of them.

A template is a suite without a version (``suites/<name>/suite.yaml``): of a task's data it says which dataset, which
files and columns. To pin it is to write down what the hub has of that, commit and hash, as the suite's next version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import User
from hub.core.errors import DomainError
from models_app.evaluation.errors import InvalidSuite, SuiteNotFound
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites.definitions import SUITE_FILE, SUITES_DIR, Files, dump_yaml, load_yaml, read_files
from models_app.evaluation.suites.derivation import derive
from models_app.evaluation.suites.hub_data import pinned, task_problem
from models_app.evaluation.suites.proposals import check_propose, propose_next


@dataclass(frozen=True)
class Wish:
    """Which of a template's `tasks` to pin (none: all), how many rows of each at most (None: all), and in which
    `namespace` the datasets are ("": where the template looks for them).
    """

    tasks: Sequence[str] = ()
    most_rows: int | None = None
    namespace: str = ""


def templates() -> dict[str, dict[str, Any]]:
    """Name → parsed ``suite.yaml`` of each template of this release."""
    return {path.parent.name: load_yaml(path.read_bytes()) for path in sorted(SUITES_DIR.glob(f"*/{SUITE_FILE}"))}


def pin_template(*, actor: Actor, template: str, wish: Wish, note: str) -> SuiteVersion:
    """`pin`, for a member who may propose. Raises `SuitesForbidden`, and as `pin` does."""
    check_propose(actor)
    return pin(template=template, wish=wish, note=note, by=actor.user)


def pin(*, template: str, wish: Wish, note: str, by: User | None = None) -> SuiteVersion:
    """The next version of the suite `template`, with what the datasets have now; the newest one if that is the same.

    Asks for no permission. Raises `SuiteNotFound`, or `InvalidSuite` with a line for each dataset that is missing.
    """
    if template not in templates():
        raise SuiteNotFound
    files = _chosen(read_files(SUITES_DIR / template), wish.tasks)
    content = load_yaml(files[SUITE_FILE])
    content["tasks"] = _pinned_tasks(content["tasks"], wish)
    return propose_next(suite=template, files={**files, SUITE_FILE: dump_yaml(content)}, note=note, by=by)


def _chosen(files: Files, tasks: Sequence[str]) -> Files:
    known = load_yaml(files[SUITE_FILE])["tasks"]
    unknown = [name for name in tasks if name not in known]
    if unknown:
        raise InvalidSuite(
            _("The template has no task %(task)s; it has %(tasks)s.")
            % {"task": ", ".join(unknown)[:200], "tasks": ", ".join(known)}
        )
    retired = [{"change": "retire", "task": name} for name in known if tasks and name not in tasks]
    return derive(files, retired, version=1)


def _pinned_tasks(tasks: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    found, problems = {}, []
    for name, entry in tasks.items():
        full_id = entry["data"]["repo"]
        if wish.namespace:
            full_id = f"{wish.namespace}/{full_id.partition('/')[2]}"
        try:
            found[name] = entry | {"data": pinned(entry["data"], full_id=full_id, most_rows=wish.most_rows)}
        except DomainError as error:
            problems.append(task_problem(name, error.message))
    if problems:
        raise InvalidSuite("\n".join(problems))
    return found
