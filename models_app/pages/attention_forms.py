"""The form of the attention view."""

from django import forms
from django.utils.translation import gettext_lazy as _

from models_app.evaluation.attention.rules import MAX_CHARACTERS


class TextForm(forms.Form):
    """`target` is there for encoder–decoders alone. What is too long is refused by the service, with a sentence."""

    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_CHARACTERS}),
        help_text=_("A sentence or two: the first 64 tokens are shown."),
    )
    target = forms.CharField(
        label=_("Target text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": MAX_CHARACTERS}),
        help_text=_("What the decoder reads. Leave it empty to see what the model writes itself."),
    )

    def __init__(self, *arguments: object, takes_target: bool, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        if not takes_target:
            del self.fields["target"]
