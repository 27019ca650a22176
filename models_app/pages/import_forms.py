"""What a member wants to have here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace
from models_app.imports.rules import source_name
from models_app.imports.services import Wish
from models_app.pages.forms import VISIBILITY
from models_app.repos.models import RepoKind

_PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class ImportForm(forms.Form):
    endpoint = forms.ChoiceField(label=_("From"))
    source = forms.CharField(
        label=_("Repository there"),
        max_length=400,
        help_text=_("Its id, such as alice/tiny, or the address of its page."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(RepoKind.MODEL, _("Model")), (RepoKind.DATASET, _("Dataset"))],
        widget=forms.RadioSelect,
        initial=RepoKind.MODEL,
    )
    owner = forms.ChoiceField(label=_("Owner here"))
    name = forms.CharField(
        label=_("Name here"),
        max_length=96,
        required=False,
        help_text=_("Empty: the name that it has there."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=VISIBILITY, widget=forms.RadioSelect, initial="public"
    )

    def __init__(self, *args: Any, endpoints: list[str], namespaces: list[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {"endpoint": endpoints, "owner": [namespace.name for namespace in namespaces]}
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 (tells mypy what the class body says)
            field.choices = [(value, value) for value in values]

    def wish(self) -> Wish:
        data: dict[str, Any] = self.cleaned_data
        source_id = source_name(data["source"], data["endpoint"])
        return Wish(
            endpoint=data["endpoint"],
            source_id=source_id,
            kind=data["kind"],
            namespace=data["owner"],
            name=data["name"] or source_id.rpartition("/")[2],
            private=data["visibility"] == "private",
        )
