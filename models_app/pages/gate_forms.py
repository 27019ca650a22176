"""Forms of gated repos: ask for access, and decide who gets it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from models_app.cards.gating import Question
from models_app.repos.access import MAX_REASON
from models_app.repos.models import AccessStatus

_MAX_ANSWER = 2000


class AskAccessForm(forms.Form):
    """The questions of the card, and the consent that every request needs."""

    agree = forms.BooleanField(
        label=_("I agree to the conditions above, and that the owners learn my user name and e-mail address.")
    )

    def __init__(self, *args: Any, questions: tuple[Question, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for number, question in enumerate(questions):
            self.fields[f"answer-{number}"] = _field(question)
        self.order_fields([*(f"answer-{number}" for number in range(len(questions))), "agree"])

    @property
    def answers(self) -> dict[str, str]:
        """{question: answer} of a valid form."""
        given = [self.cleaned_data[f"answer-{number}"] for number in range(len(self.questions))]
        return {
            question.label: "yes" if answer is True else answer
            for question, answer in zip(self.questions, given, strict=True)
        }


def _field(question: Question) -> forms.Field:
    match question.kind:
        case "checkbox":
            return forms.BooleanField(label=question.label)
        case "select":
            choices = [("", "–"), *((option, option) for option in question.options)]
            return forms.ChoiceField(label=question.label, choices=choices)
        case "text":
            return forms.CharField(label=question.label, max_length=_MAX_ANSWER)


class GrantForm(forms.Form):
    user = forms.CharField(
        label=_("User name"),
        max_length=96,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )


class DecisionForm(forms.Form):
    """One button of the list of requests."""

    request = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    status = forms.ChoiceField(choices=AccessStatus)
    reason = forms.CharField(required=False, max_length=MAX_REASON)
