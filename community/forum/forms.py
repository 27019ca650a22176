"""What maintainers fill in about a category."""

from django import forms
from django.utils.translation import gettext_lazy as _

from community.forum.rules import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, SLUG_MAX_LENGTH


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_MAX_LENGTH)
    slug = forms.CharField(
        label=_("Address"), max_length=SLUG_MAX_LENGTH, help_text=_("Its place below /forum: small letters, digits, -.")
    )
    description = forms.CharField(label=_("What belongs here"), max_length=DESCRIPTION_MAX_LENGTH, required=False)
    position = forms.IntegerField(
        label=_("Position"), min_value=0, max_value=1000, initial=0, help_text=_("Small numbers come first.")
    )
