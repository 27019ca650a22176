from django import forms
from django.utils.translation import gettext_lazy as _

from community.members.models import TokenKind


class CodeForm(forms.Form):
    user_code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("As your program shows it, for example BCDF-GHJK."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "device-code"}
        ),
    )


class DecisionForm(forms.Form):
    user_code = forms.CharField(max_length=20, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What it may do"),
        choices=[
            (TokenKind.WRITE, _("Write: upload, change and delete as you may")),
            (TokenKind.READ, _("Read: only download what you may see")),
        ],
        initial=TokenKind.WRITE,
        widget=forms.RadioSelect,
    )
