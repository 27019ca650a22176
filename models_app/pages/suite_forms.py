"""Forms of suite versions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.rules import Suite, TaskRule, featured_first
from models_app.evaluation.suites.checks import MAX_BYTES, MAX_YAML_BYTES
from models_app.evaluation.suites.definitions import InvalidDefinition, load_yaml
from models_app.evaluation.suites.derivation import Change
from models_app.evaluation.suites.proposals import MAX_PREVIEWS

_PLAIN = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
_CONTROLS = _WEIGHT, _FEATURED, _RETIRED = "weight", "featured", "retired"
_ADDED = ("added", "entry", "definition", "rows")


class _WhyForm(forms.Form):
    note = forms.CharField(label=_("Why"), max_length=500, help_text=_("A sentence that everybody reads."))


class FolderForm(_WhyForm):
    """A version in a dataset of this hub."""

    repo = forms.CharField(
        label=_("Dataset"), max_length=200, help_text=_("Of this hub: alice/suites"), widget=forms.TextInput(_PLAIN)
    )
    folder = forms.CharField(
        label=_("Folder"),
        max_length=500,
        required=False,
        help_text=_("That holds suite.yaml; empty: the top."),
        widget=forms.TextInput(_PLAIN),
    )
    field_order = ("repo", "folder", "note")


@dataclass(frozen=True)
class TaskRow:
    """A task of the form, with its `controls`: its weight, whether it is featured, whether it is left out."""

    rule: TaskRule
    controls: list[forms.BoundField]


class DeriveForm(_WhyForm):
    """What shall be other in the version after `base`: three controls for each task, and a task that is added."""

    added = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("Of the new task; records and the API use it: a-z, 0-9 and _."),
        widget=forms.TextInput(_PLAIN),
    )
    entry = forms.CharField(
        label=_("Entry"),
        max_length=MAX_YAML_BYTES,
        required=False,
        strip=False,
        help_text=_("As in suite.yaml, without data: title, kind, primary, chance, best, metrics …"),
        widget=forms.Textarea(_PLAIN | {"rows": 8, "class": "mono"}),
    )
    definition = forms.CharField(
        label=_("Task file"),
        max_length=MAX_YAML_BYTES,
        required=False,
        strip=False,
        help_text=_("In lm-eval’s YAML, without functions and addresses. Objectives and fine-tuning need none."),
        widget=forms.Textarea(_PLAIN | {"rows": 8, "class": "mono"}),
    )
    rows = forms.FileField(label=_("Rows"), required=False, help_text=_("A .jsonl file: one JSON object in each line."))

    def __init__(self, *args: Any, base: SuiteVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks = featured_first(Suite.from_json(base.definition).tasks.values())
        for task in self._tasks:
            self.fields |= _controls(task)

    def task_rows(self) -> list[TaskRow]:
        return [TaskRow(task, [self[f"{name}-{task.name}"] for name in _CONTROLS]) for task in self._tasks]

    def new_task(self) -> list[forms.BoundField]:
        return [self[name] for name in _ADDED]

    def adds(self) -> bool:
        """Whether something of a new task was filled in."""
        return any(self[name].value() for name in _ADDED)

    def clean_entry(self) -> dict[str, Any]:
        text: str = self.cleaned_data["entry"]
        try:
            return load_yaml(text.encode()) if text else {}
        except InvalidDefinition as error:
            raise forms.ValidationError(str(error)) from error

    def clean_definition(self) -> str:
        text: str = self.cleaned_data["definition"]
        return text.replace("\r\n", "\n")  # as browsers end lines

    def clean_rows(self) -> list[dict[str, Any]]:
        file = self.cleaned_data["rows"]
        if not file:
            return []
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_g("At most %d MiB are kept.") % (MAX_BYTES // 2**20))
        return [_row(number, line) for number, line in enumerate(file.read().splitlines(), start=1)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.adds() and not data.get("added"):
            self.add_error("added", _g("The new task needs a name."))
        if not self.errors and not self.changes():
            raise forms.ValidationError(_g("Change a task, leave one out or add one: so far nothing would be other."))
        return data

    def changes(self) -> list[Change]:
        """As `derivation` takes them."""
        return [*(change for task in self._tasks for change in self._changes_of(task)), *self._addition()]

    def _changes_of(self, task: TaskRule) -> Iterator[Change]:
        weight, featured, retired = (self.cleaned_data[f"{name}-{task.name}"] for name in _CONTROLS)
        if retired:
            yield {"change": "retire", "task": task.name}
            return
        if weight != task.weight:
            yield {"change": "reweight", "task": task.name, "weight": weight}
        if featured != task.featured:
            yield {"change": "feature", "task": task.name, "featured": featured}

    def _addition(self) -> Iterator[Change]:
        task, *what = (self.cleaned_data[name] for name in _ADDED)
        if task or any(what):
            yield {"change": "add", "task": task, **dict(zip(_ADDED[1:], what, strict=True))}


def _controls(task: TaskRule) -> dict[str, forms.Field]:
    """A task that few checkpoints can take counts for none: its weight stays 0."""
    title = task.title(get_language() or "")
    return {
        f"{_WEIGHT}-{task.name}": forms.FloatField(
            label=_("Weight of %s") % title,
            initial=str(task.weight).removesuffix(".0"),
            min_value=0,
            max_value=1000,
            disabled=bool(task.needs),
        ),
        f"{_FEATURED}-{task.name}": forms.BooleanField(
            label=_("Feature %s") % title, initial=task.featured, required=False
        ),
        f"{_RETIRED}-{task.name}": forms.BooleanField(label=_("Leave out %s") % title, required=False),
    }


def _row(number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise forms.ValidationError(_g("Line %d is no JSON object.") % number)
    return row


class PreviewForm(forms.Form):
    repos = forms.CharField(
        label=_("Models"),
        max_length=MAX_PREVIEWS * 200,
        help_text=_("One in each line: alice/tiny"),
        widget=forms.Textarea(_PLAIN | {"rows": 4}),
    )

    def clean_repos(self) -> list[str]:
        names: list[str] = self.cleaned_data["repos"].split()
        return list(dict.fromkeys(names))[: MAX_PREVIEWS + 1]  # one more is refused


class ActivateForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=500, help_text=_("A sentence for the log that everybody reads.")
    )
