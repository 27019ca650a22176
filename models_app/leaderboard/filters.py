"""What a leaderboard may be narrowed to, for the page and the API alike."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from models_app.evaluation.models import Record
from models_app.leaderboard.rules import parse_count


class CountField(forms.CharField):
    """A count such as ``350M``; None when left empty."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_count(text)
        except ValueError:
            raise forms.ValidationError(_("Write a number such as 350M or 1.5B.")) from None


class CountFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = CountField


class LeaderboardFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of finished records by facets of their repo."""

    q = django_filters.CharFilter(method="by_name", label=_("Name"), max_length=200)
    licence = django_filters.ChoiceFilter(
        field_name="run__repo__licence", label=_("Licence"), empty_label=_("Any licence")
    )
    family = django_filters.ChoiceFilter(field_name="family", label=_("Family"), empty_label=_("Any family"))
    min_parameters = CountFilter(
        field_name="parameter_count", lookup_expr="gte", label=_("Parameters from"), max_length=20
    )
    max_parameters = CountFilter(
        field_name="parameter_count", lookup_expr="lte", label=_("Parameters up to"), max_length=20
    )

    class Meta:
        model = Record
        fields: list[str] = []

    def __init__(self, *args: Any, licences: list[str], families: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["licence"].extra["choices"] = [(licence, licence) for licence in licences]
        self.filters["family"].extra["choices"] = [(family, family) for family in families]

    def by_name(self, records: QuerySet[Record], _name: str, value: str) -> QuerySet[Record]:
        """Every word must occur in ``namespace/name``."""
        for word in value.split():
            owner, _slash, name = word.rpartition("/")
            anywhere = Q(run__repo__name__icontains=word) | Q(run__repo__namespace__name__icontains=word)
            both = Q(run__repo__name__icontains=name, run__repo__namespace__name__iexact=owner)
            records = records.filter(both if owner else anywhere)
        return records
