"""What operators set on the queue's page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from models_app.evaluation.policy import PRIORITIES


class LimitsForm(forms.Form):
    max_waiting = forms.IntegerField(label=_("Waiting at once"), min_value=0, max_value=2**31 - 1, required=False)
    max_a_day = forms.IntegerField(label=_("Asked for within a day"), min_value=0, max_value=2**31 - 1, required=False)


class PriorityForm(forms.Form):
    priority = forms.IntegerField(min_value=PRIORITIES.start, max_value=PRIORITIES.stop - 1)
