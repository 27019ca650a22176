"""What a list of repos may be narrowed to, for the page and the API alike."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace
from hub.core.counts import CountFilter
from models_app.evaluation.models import Run, RunState
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import normalize
from models_app.repos.models import Repo, RepoTag

MAX_WORDS = 8
RARE = 500  # repos: so many are few
SORTS = {
    "lastModified": "-last_modified",
    "createdAt": "-created_at",
    "downloads": "-downloads",
    "likes": "-likes",
    "trending": "-trend",
    "name": "name",
    "parameters": "-parameter_count",
}
_SORT_LABELS = [
    ("lastModified", _("Recently updated")),
    ("createdAt", _("Newest")),
    ("trending", _("Trending")),
    ("downloads", _("Most downloads")),
    ("likes", _("Most likes")),
    ("name", _("Name")),
    ("parameters", _("Most parameters")),
]


class TextsField(forms.MultipleChoiceField):
    """A repeated parameter of any texts: ``?licence=MIT&licence=Apache-2.0``."""

    max_values, max_length = 20, 200

    def to_python(self, value: Any) -> list[str]:
        # A form that is sent without scripts names its empty inputs too.
        return [text for text in super().to_python(value) if text]

    def validate(self, value: list[str]) -> None:
        if len(value) > self.max_values or any(len(text) > self.max_length or "\x00" in text for text in value):
            raise forms.ValidationError(_("Choose up to %d short values.") % self.max_values)


class LicencesField(TextsField):
    """Licences in any spelling, in the form that repos keep."""

    def to_python(self, value: Any) -> list[str]:
        try:
            return [normalize(text).id for text in super().to_python(value)]
        except UnknownLicence as error:
            raise forms.ValidationError(error.message) from error


class TextsFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = TextsField


class LicencesFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = LicencesField


class RepoFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of repos. Values of one facet widen it (any of them), facets and tags narrow each other."""

    q = django_filters.CharFilter(method="by_words", label=_("Search"), max_length=200)
    author = django_filters.CharFilter(method="by_author", label=_("Owner"), max_length=96)
    licence = LicencesFilter(field_name="licence", lookup_expr="in", label=_("Licence"))
    task = TextsFilter(field_name="pipeline_tag", lookup_expr="in", label=_("Task"))
    library = TextsFilter(field_name="library_name", lookup_expr="in", label=_("Library"))
    language = TextsFilter(method="by_language", label=_("Language"))
    filter = TextsFilter(method="by_tags", label=_("Tags"))
    sort = django_filters.ChoiceFilter(method="unchanged", choices=_SORT_LABELS, empty_label=None, label=_("Sort"))

    class Meta:
        model = Repo
        fields: list[str] = []

    @property
    def chosen(self) -> dict[str, Any]:
        """{filter: cleaned value} of what the query asks for; what makes no sense is missing (see ``form.errors``)."""
        self.form.is_valid()
        cleaned: dict[str, Any] = self.form.cleaned_data
        return cleaned

    @property
    def ordering(self) -> list[str]:
        """The order asked for, as `hub.core.pagination.page` takes it; by default the latest change first."""
        order = SORTS[self.chosen.get("sort") or "lastModified"]
        return [order, "namespace__name"] if order == "name" else [order]

    def all_but(self, facet: str) -> QuerySet[Repo]:
        """The repos that pass every filter except `facet`: what the numbers beside its values count."""
        repos: QuerySet[Repo] = self.queryset.all()
        for name, value in self.chosen.items():
            if name != facet:
                repos = self.filters[name].filter(repos, value)
        return repos

    def by_words(self, repos: QuerySet[Repo], _name: str, value: str) -> QuerySet[Repo]:
        for word in value.split()[:MAX_WORDS]:
            carriers = RepoTag.objects.filter(tag=word.lower()).order_by().values("repo")
            repos = repos.filter(named(word) | Q(pk__in=carriers))
        return repos

    def by_author(self, repos: QuerySet[Repo], _name: str, value: str) -> QuerySet[Repo]:
        return repos.filter(owned_by(value)) if value else repos

    def by_language(self, repos: QuerySet[Repo], _name: str, values: list[str]) -> QuerySet[Repo]:
        words = [*values, *(f"language:{value}" for value in values)]  # of models, of datasets
        return repos.filter(Exists(RepoTag.objects.filter(repo=OuterRef("pk"), tag__in=words))) if values else repos

    def by_tags(self, repos: QuerySet[Repo], _name: str, values: list[str]) -> QuerySet[Repo]:
        for tag in values:
            repos = carrying(repos, tag)
        return repos

    def unchanged(self, repos: QuerySet[Repo], _name: str, _value: str) -> QuerySet[Repo]:
        return repos  # the order is the paginator's


class ModelFilter(RepoFilter):
    """The filters of repos, and those that only checkpoints have."""

    min_parameters = CountFilter(field_name="parameter_count", lookup_expr="gte", label=_("Parameters from"))
    max_parameters = CountFilter(field_name="parameter_count", lookup_expr="lte", label=_("Parameters up to"))
    results = django_filters.BooleanFilter(method="by_results", label=_("Evaluated"), widget=forms.CheckboxInput)

    featured = django_filters.BooleanFilter(method="by_feature", label=_("Featured"), widget=forms.CheckboxInput)

    def by_results(self, repos: QuerySet[Repo], _name: str, wanted: bool) -> QuerySet[Repo]:  # noqa: FBT001
        done = Run.objects.filter(repo=OuterRef("pk"), state=RunState.DONE)
        return repos.filter(Exists(done)) if wanted else repos

    def by_feature(self, repos: QuerySet[Repo], _name: str, wanted: bool) -> QuerySet[Repo]:  # noqa: FBT001
        return repos.exclude(featured_by=None) if wanted else repos


def owned_by(name: str) -> Q:
    """Repos of the member or organisation `name`, in any case."""
    return Q(namespace__in=Namespace.objects.filter(name__lower=name.lower()))


def named(word: str) -> Q:
    """Repos with `word` in their name or owner; a word with a slash is the end of an owner and a part of a name."""
    # Owners are looked up once, not joined to every repo: there are far fewer of them.
    owner, slash, name = word.rpartition("/")
    if slash:
        return Q(name__icontains=name, namespace__in=Namespace.objects.filter(name__iendswith=owner))
    return Q(name__icontains=word) | Q(namespace__in=Namespace.objects.filter(name__icontains=word))


# In a list in some order, what many repos match is best looked for row by row, which soon finds a page of it; what few
# match is best looked up first, since a whole table may lie between two of them.


def few_first(repos: QuerySet[Repo]) -> QuerySet[Repo]:
    """`repos`, named by their ids if there are few of them: one query."""
    found = list(repos.order_by().values_list("pk", flat=True)[: RARE + 1])
    return repos.filter(pk__in=found) if len(found) <= RARE else repos


def carrying(repos: QuerySet[Repo], tag: str) -> QuerySet[Repo]:
    """Those of `repos` that carry exactly `tag`: as `tagged`, but quick for a rare tag too; up to two queries."""
    carriers = RepoTag.objects.filter(tag=tag).order_by().values_list("repo", flat=True)
    common = carriers[RARE : RARE + 1].exists()
    return repos.filter(tagged(tag)) if common else repos.filter(pk__in=list(carriers))


def tagged(tag: str) -> Exists:
    """Repos that carry exactly `tag`."""
    return Exists(RepoTag.objects.filter(repo=OuterRef("pk"), tag=tag))
