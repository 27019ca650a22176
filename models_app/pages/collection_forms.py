"""The form of a collection."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace
from models_app.collections.models import Collection, Theme
from models_app.collections.rules import MAX_DESCRIPTION, MAX_TITLE
from models_app.collections.services import Changes

_VISIBILITY = [
    ("public", _("Public: everybody may see it")),
    ("private", _("Private: only you, or the members of the organisation")),
]


class CollectionForm(forms.Form):
    """Made with `namespaces`, it asks for the owner too."""

    owner = forms.ChoiceField(label=_("Owner"))
    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE, widget=forms.TextInput({"autocomplete": "off"}))
    description = forms.CharField(
        label=_("Description"),
        max_length=MAX_DESCRIPTION,
        required=False,
        help_text=_("What its items have in common, in a sentence."),
        widget=forms.Textarea({"rows": 2}),
    )
    theme = forms.ChoiceField(label=_("Colour"), choices=Theme.choices, initial=Theme.GREEN)
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=_VISIBILITY, widget=forms.RadioSelect, initial="public"
    )

    def __init__(self, *args: Any, namespaces: list[Namespace] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if namespaces is None:
            del self.fields["owner"]
        else:
            owner = self.fields["owner"]
            assert isinstance(owner, forms.ChoiceField)  # noqa: S101 (tells mypy what the class body says)
            owner.choices = [(namespace.name, namespace.name) for namespace in namespaces]

    @staticmethod
    def values_of(collection: Collection) -> dict[str, str]:
        return {
            "title": collection.title,
            "description": collection.description,
            "theme": collection.theme,
            "visibility": "private" if collection.private else "public",
        }

    def changes(self) -> Changes:
        """The values of a valid form."""
        data = self.cleaned_data
        return Changes(
            title=data["title"],
            description=data["description"],
            theme=data["theme"],
            private=data["visibility"] == "private",
        )
