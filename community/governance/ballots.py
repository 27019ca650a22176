"""A ballot as a form: by keyboard alone, without a script."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.governance.counting.choices import MAX_SCORE
from community.governance.counting.terms import Terms
from community.governance.reports import answer_titles

_OPTION = "option-"


class Ballot(forms.Form):
    """One field for each option of a vote; `choice` is what `casting.cast` takes."""

    def __init__(self, data: Any, *, terms: Terms, titles: Mapping[str, str]) -> None:
        super().__init__(data)
        self.terms = terms
        if terms.method == "yesno":
            self.fields["answer"] = forms.ChoiceField(
                label=_("Your vote"), choices=list(answer_titles().items()), widget=forms.RadioSelect
            )
            return
        for key in terms.options:
            self.fields[_OPTION + key] = self._field(titles[key])

    def _field(self, title: str) -> forms.Field:
        if self.terms.method == "approval":
            return forms.BooleanField(label=title, required=False)
        if self.terms.method == "star":
            scores = [(str(score), str(score)) for score in range(MAX_SCORE + 1)]
            return forms.ChoiceField(label=title, choices=scores, initial="0", widget=forms.RadioSelect)
        places = [(str(place), str(place)) for place in range(1, len(self.terms.options) + 1)]
        return forms.ChoiceField(label=title, choices=[("", _("no place")), *places], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.terms.method in {"schulze", "stv"} and not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Give at least one option a place."))
        return cleaned

    @property
    def choice(self) -> Any:
        """Of a valid form."""
        if self.terms.method == "yesno":
            return self.cleaned_data["answer"]
        marks = {key: self.cleaned_data[_OPTION + key] for key in self.terms.options}
        if self.terms.method == "approval":
            return [key for key, approved in marks.items() if approved]
        if self.terms.method == "star":
            return {key: int(score) for key, score in marks.items()}
        return _tiers(marks, self.terms.options)


def _tiers(places: Mapping[str, str], options: Sequence[str]) -> list[list[str]]:
    """The options by place, the best first; empty places between them mean nothing."""
    given = sorted({int(place) for place in places.values() if place})
    return [[key for key in options if places[key] == str(place)] for place in given]
