"""Categories as something that the community talks about. Everybody sees them; maintainers look after them."""

from collections.abc import Collection

from django.db.models import Q

from community.forum.models import Category
from community.subjects import Subject, SubjectKind

KIND = "forum"


def address_of(slug: str) -> str:
    return f"/forum/{slug}"


def subject_of(category: Category) -> Subject:
    address = address_of(category.slug)
    return Subject(title=category.title, address=address, threads=address)


def _describe(keys: Collection[int]) -> dict[int, Subject]:
    return {category.pk: subject_of(category) for category in Category.objects.filter(pk__in=keys)}


SUBJECT = SubjectKind(
    name=KIND,
    visible_keys=lambda _actor: Category.objects.values("pk"),
    readers=lambda _key: Q(),
    may_moderate=lambda _actor, _key: False,
    describe=_describe,
)
