"""What a leaderboard may be narrowed to, for the page and the API alike."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from hub.core.counts import CountFilter
from models_app.evaluation.models import Record


class LeaderboardFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Filters of finished records by facets of their repo."""

    q = django_filters.CharFilter(method="by_name", label=_("Name"), max_length=200)
    licence = django_filters.ChoiceFilter(
        field_name="run__repo__licence", label=_("Licence"), empty_label=_("Any licence")
    )
    family = django_filters.ChoiceFilter(field_name="family", label=_("Family"), empty_label=_("Any family"))
    min_parameters = CountFilter(field_name="parameter_count", lookup_expr="gte", label=_("Parameters from"))
    max_parameters = CountFilter(field_name="parameter_count", lookup_expr="lte", label=_("Parameters up to"))

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
