"""Forms of the pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.licences.errors import LicenceRetired, UnknownLicence
from models_app.licences.queries import accepted_licence
from models_app.repos.models import Gate, RepoKind

VISIBILITY = [
    ("public", _("Public: everybody may see and download it")),
    ("private", _("Private: only you, or the members of the organisation")),
]


class PlaceForm(forms.Form):
    """Where a repo lies: one of `namespaces`, and a name."""

    owner = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(
        label=_("Name"),
        max_length=96,
        help_text=_("Letters, digits, “-”, “_” and “.”; for example tiny-gpt2-zh."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, namespaces: list[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101 (tells mypy what the class body says)
        owner.choices = [(namespace.name, namespace.name) for namespace in namespaces]


class DuplicateForm(PlaceForm):
    visibility = forms.ChoiceField(label=_("Visibility"), choices=VISIBILITY, widget=forms.RadioSelect)


class NewRepoForm(PlaceForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (RepoKind.MODEL, _("Model")),
            (RepoKind.DATASET, _("Dataset")),
            (RepoKind.SPACE, _("Space, files only")),
        ],
        widget=forms.RadioSelect,
        initial=RepoKind.MODEL,
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=80,
        help_text=_("What others may do with it. Type to search: MIT, Apache-2.0, CC-BY-4.0, OpenRAIL …"),
        widget=forms.TextInput(attrs={"list": "licences", "autocomplete": "off", "spellcheck": "false"}),
    )
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=VISIBILITY, widget=forms.RadioSelect, initial="public"
    )

    def clean_licence(self) -> str:
        """The licence as front matter spells it."""
        try:
            return accepted_licence(self.cleaned_data["licence"]).hub_id
        except (LicenceRetired, UnknownLicence) as error:
            raise forms.ValidationError(error.message) from error


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(label=_("Visibility"), choices=VISIBILITY, widget=forms.RadioSelect)


class GateForm(forms.Form):
    gate = forms.ChoiceField(
        label=_("Files"),
        choices=[("", _("Everybody who sees it gets its files")), *Gate.choices],
        widget=forms.RadioSelect,
        required=False,
    )


class ReferenceForm(forms.Form):
    sort = forms.ChoiceField(
        label=_("Kind"),
        choices=[("branch", _("Branch: it moves on with every commit")), ("tag", _("Tag: it stays where it is"))],
        widget=forms.RadioSelect,
        initial="branch",
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    start = forms.CharField(
        label=_("At"),
        max_length=200,
        initial=DEFAULT_BRANCH,
        help_text=_("A branch, a tag or a commit."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )


class DeleteForm(forms.Form):
    """The name, typed out: nobody deletes a repo by one wrong click."""

    confirmation = forms.CharField(
        label=_("Type the full name to confirm"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, full_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.full_id = full_id

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed != self.full_id:
            raise forms.ValidationError(_("This is not the name. Nothing was deleted."))
        return typed


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """One or more files; its value is a list."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        clean_one = super().clean
        return [clean_one(file, initial) for file in data] if data else [clean_one(None, initial)]


class UploadForm(forms.Form):
    file = _FilesField(label=_("Files"), allow_empty_file=True)
    folder = forms.CharField(
        label=_("Folder"), required=False, max_length=1000, help_text=_("Where in the repository; empty for its root.")
    )
    summary = forms.CharField(label=_("What changed"), required=False, max_length=200)
