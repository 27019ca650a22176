"""What votes do to what the hub measures by. Models are measured again by themselves (`versions.activate`)."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import derivation
from models_app.evaluation.suites.checks import check_suite
from models_app.evaluation.suites.definitions import SUITE_FILE, Files, InvalidDefinition, load_yaml, task_path
from models_app.evaluation.suites.derivation import derive
from models_app.evaluation.suites.differences import differences
from models_app.evaluation.suites.proposals import derived, files_of
from models_app.evaluation.suites.queries import active_suite
from models_app.evaluation.suites.versions import activate, count_reruns

SHOWN = 60  # differences between two versions that a proposal lists

_TASK = Field("task", gettext_lazy("Task"), max_length=60, help=gettext_lazy("Its name in the suite: grammar_en."))


def _versions() -> list[tuple[str, str]]:
    return [(version.key, str(version)) for version in SuiteVersion.objects.order_by("suite", "version")]


class AdoptSuite(Action):
    verb = "evalsuite.adopt"
    title = gettext_lazy("Measure by another version of the suite")
    fields = (Field("version", gettext_lazy("Version"), "choice", choices=_versions),)

    def describe(self, params: Mapping[str, Any]) -> str:
        shown = {"version": params.get("version")}
        return _("Models are measured by suite %(version)s, those with results once more.") % shown

    def plan(self, values: Values) -> Plan:
        active = active_suite()
        suite, _slash, number = values["version"].partition("/")
        version = SuiteVersion.objects.get(suite=suite, version=int(number))
        state = [version.sha256, active.sha256 if active is not None else None]

        def do(proposal: Proposal) -> None:
            activate(version=version, reason=proposal.title, link=proposal.address)

        if version.active:
            return Plan([], state, do)
        line = Change(
            _("Suite"),
            active.key if active is not None else "",
            version.key,
            reverse("suite", args=[suite, version.version]),
        )
        again = Change(_("Models that are measured again"), "", str(count_reruns(version)))
        before = json.loads(active.definition) if active is not None else {}
        return Plan([line, again, *_lines(before, json.loads(version.definition))], state, do)


class _ChangeTask(Action):
    """A version derived from the active one, by one change, becomes the active one."""

    @abstractmethod
    def change(self, values: Values) -> derivation.Change: ...

    @abstractmethod
    def is_so(self, files: Files, tasks: Mapping[str, Any], values: Values) -> bool:
        """Whether the active version, with these files and `tasks`, is as the change would make it."""

    def plan(self, values: Values) -> Plan:
        active = active_suite()
        if active is None:
            raise ActionRefused(_("This hub measures by no suite yet."))
        change, files, before = self.change(values), files_of(active), json.loads(active.definition)

        def do(proposal: Proposal) -> None:
            version = derived(base=active, changes=[change], note=proposal.title)
            activate(version=version, reason=proposal.title, link=proposal.address)

        try:
            if self.is_so(files, before["tasks"], values):
                return Plan([], active.sha256, do)
            after = check_suite(derive(files, [change], version=active.version + 1))
        except InvalidDefinition as error:
            raise ActionRefused(str(error)) from error
        return Plan(_lines(before, after), active.sha256, do)


class AddTask(_ChangeTask):
    verb = "evaltask.add"
    title = gettext_lazy("Add a task to the suite")
    fields = (
        _TASK,
        Field("entry", gettext_lazy("Entry"), "json", help=gettext_lazy("JSON: what suite.yaml says of it, no data.")),
        Field(
            "definition",
            gettext_lazy("Task file"),
            "long",
            required=False,
            help=gettext_lazy("YAML in the format of lm-eval; the suite’s own objectives have none."),
        ),
        Field("rows", gettext_lazy("Rows"), "json", help=gettext_lazy("JSON: a list of objects, one an item.")),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("The suite gets the task “%(task)s”.") % {"task": params.get("task")}

    def change(self, values: Values) -> derivation.Change:
        # PostgreSQL's JSON forgets the order of keys: a version's files must not depend on who read the proposal.
        ordered: dict[str, Any] = json.loads(json.dumps(values, sort_keys=True))
        return {"change": "add", **ordered}

    def is_so(self, files: Files, tasks: Mapping[str, Any], values: Values) -> bool:
        task = values["task"]
        if task not in tasks:
            return False
        again = derive(files, [{"change": "retire", "task": task}, self.change(values)], version=1)
        path = task_path(task)
        return load_yaml(again[SUITE_FILE])["tasks"][task] == tasks[task] and again.get(path) == files.get(path)


class FeatureTask(_ChangeTask):
    verb = "evaltask.feature"
    title = gettext_lazy("Feature a task of the suite, or no longer")
    fields = (
        _TASK,
        Field(
            "featured",
            gettext_lazy("Featured"),
            "choice",
            choices=lambda: [("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
            help=gettext_lazy("Featured tasks come first, and are the leaderboard’s columns until somebody chooses."),
        ),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        if params.get("featured") == "no":
            return _("The task “%(task)s” is featured no longer.") % {"task": params.get("task")}
        return _("The task “%(task)s” is featured.") % {"task": params.get("task")}

    def change(self, values: Values) -> derivation.Change:
        return {"change": "feature", "task": values["task"], "featured": values["featured"] == "yes"}

    def is_so(self, files: Files, tasks: Mapping[str, Any], values: Values) -> bool:  # noqa: ARG002 (as the others)
        entry = tasks.get(values["task"])
        return entry is not None and entry.get("featured", False) == (values["featured"] == "yes")


class RetireTask(_ChangeTask):
    verb = "evaltask.retire"
    title = gettext_lazy("Take a task out of the suite")
    fields = (_TASK,)

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("The suite has the task “%(task)s” no longer; its results stay.") % {"task": params.get("task")}

    def change(self, values: Values) -> derivation.Change:
        return {"change": "retire", "task": values["task"]}

    def is_so(self, files: Files, tasks: Mapping[str, Any], values: Values) -> bool:  # noqa: ARG002 (as the others)
        return values["task"] not in tasks


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
    found = differences(before, after)
    lines = [
        Change(" · ".join(filter(None, [line.section, line.name, line.key])), line.before or "", line.after or "")
        for line in found[:SHOWN]
    ]
    return lines if len(found) <= SHOWN else [*lines, Change(_("More differences"), "", str(len(found) - SHOWN))]
