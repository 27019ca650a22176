"""What members fill in. The fields of an action become those of its form; what an action refuses it says itself."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.governance.actions import LONG_TEXT_MAX_LENGTH, NUMBER_MAX, Action, Field
from community.governance.rules import BODY_MAX_LENGTH, MAX_SEATS, TITLE_MAX_LENGTH, Kind

_MARKDOWN = _("Markdown works: **bold**, `code`, lists, links, formulas in $…$.")
_PARAMETER = "param-"  # before the names of an action's fields


def _field(field: Field) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": field.required}
    if field.kind == "choice":
        return forms.ChoiceField(choices=[("", "—"), *field.choices()], **common)
    if field.kind == "number":
        return forms.IntegerField(min_value=0, max_value=NUMBER_MAX, **common)
    if field.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if field.kind in {"long", "json"}:
        return forms.CharField(max_length=LONG_TEXT_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 8}), **common)
    return forms.CharField(max_length=field.max_length, **common)


def _shown(value: Any) -> Any:
    """A parameter as its form shows it; what a program sent as JSON is JSON there too."""
    return json.dumps(value, ensure_ascii=False, indent=1) if isinstance(value, dict | list) else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class OptionForm(forms.Form):
    """A text, and what it would do: `action`. An `election` does not ask for the member: that is the candidate."""

    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX_LENGTH,
        help_text=_MARKDOWN,
        widget=forms.Textarea(attrs={"rows": 12}),
    )

    def __init__(self, *args: Any, action: Action, election: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._action = action
        self._names = [field.name for field in action.fields if not (election and field.kind == "member")]
        self._election = election
        for field in action.fields:
            if field.name in self._names:
                self.fields[_PARAMETER + field.name] = _field(field)
        if election:
            self.fields["seats"] = forms.IntegerField(label=_("Seats"), min_value=1, max_value=MAX_SEATS, initial=1)

    @property
    def action(self) -> dict[str, Any]:
        """Of a valid form: {"verb", "params"}, of an election also "seats"."""
        given = {name: _plain(self.cleaned_data[_PARAMETER + name]) for name in self._names}
        params = {name: value for name, value in given.items() if value not in (None, "")}
        seats = {"seats": self.cleaned_data["seats"]} if self._election else {}
        return {"verb": self._action.verb, "params": params, **seats}


def initial_of(body: str, action: Mapping[str, Any]) -> dict[str, Any]:
    """What an `OptionForm` begins with."""
    params = {_PARAMETER + name: _shown(value) for name, value in action.get("params", {}).items()}
    return {"body": body, "seats": action.get("seats", 1), **params}


class TitledOptionForm(OptionForm):
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_MAX_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    field_order = ["title", "body"]


class ProposalForm(TitledOptionForm):
    public = forms.BooleanField(
        label=_("A public vote: everybody sees who voted what"),
        required=False,
        help_text=_("Votes are secret unless this is ticked before others support the proposal."),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, election=kind.key == "election", **kwargs)
        self.order_fields(["title", "body", *[name for name in self.fields if name != "public"], "public"])
        if kind.people or kind.lazy:
            del self.fields["public"]

    @property
    def secret(self) -> bool:
        return not self.cleaned_data.get("public", False)


class TextForm(forms.Form):
    """A candidacy, an objection, a reason; the service knows how long it may be."""

    text = forms.CharField(label=_("Text"), max_length=BODY_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 6}))


class TitleForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_MAX_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ReceiptForm(forms.Form):
    username = forms.CharField(label=_("User name, as it was when the vote opened"), max_length=150)
    code = forms.CharField(
        label=_("Receipt"),
        max_length=100,
        help_text=_("32 digits, 0 to 9 and a to f."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
