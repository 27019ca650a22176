"""What people fill in to take part."""

from django import forms
from django.utils.translation import gettext_lazy as _

from community.discussions.rules import MAX_TEXT, REASON_MAX_LENGTH, TITLE_MAX_LENGTH

_MARKDOWN = _("Markdown works: **bold**, `code`, lists, links, formulas in $…$.")


def _text(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Comment"),
        required=required,
        max_length=MAX_TEXT,
        help_text=_MARKDOWN,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class TitleForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_MAX_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ThreadForm(TitleForm):
    text = _text(required=True)


class CommentForm(forms.Form):
    text = _text(required=True)


class HideForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("Everybody reads it in the moderation log, so do not repeat what is being hidden."),
    )


class StatusForm(forms.Form):
    status = forms.CharField(max_length=8)
    text = _text(required=False)
