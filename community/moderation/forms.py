"""What members and moderators fill in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from community.discussions.rules import REASON_MAX_LENGTH, TITLE_MAX_LENGTH
from community.moderation.models import FlagReason
from community.moderation.rules import NOTE_MAX_LENGTH

_PUBLIC = _("Everybody reads it in the moderation log.")


class FlagForm(forms.Form):
    reason = forms.ChoiceField(label=_("What is wrong"), choices=FlagReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What moderators should know"),
        required=False,
        max_length=NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("Why"), required=False, max_length=REASON_MAX_LENGTH, help_text=_PUBLIC)


class SplitForm(forms.Form):
    title = forms.CharField(label=_("Title of the new thread"), max_length=TITLE_MAX_LENGTH)
    rest = forms.BooleanField(label=_("Move all later comments too"), required=False)
    reason = forms.CharField(label=_("Why"), required=False, max_length=REASON_MAX_LENGTH, help_text=_PUBLIC)
