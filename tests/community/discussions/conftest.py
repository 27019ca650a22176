"""A kind of subject that only the tests know: the name space of a member, seen by all, or only by its owner."""

from collections.abc import Collection

import pytest
from django.db.models import Q

from community import subjects
from community.discussions.models import Thread
from community.discussions.services import open_thread
from community.members.actors import Actor
from community.members.models import Namespace, User
from community.subjects import Subject, SubjectKind

OPEN_PLACE, CLOSED_PLACE = "open-place", "closed-place"


def _own(actor: Actor) -> int | None:
    return actor.user.namespace_id if actor.user is not None else None


def _describe(keys: Collection[int]) -> dict[int, Subject]:
    return {space.pk: Subject(space.name, f"/{space.name}") for space in Namespace.objects.filter(pk__in=keys)}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_kinds", {})
    everything = SubjectKind(
        name=OPEN_PLACE,
        visible_keys=lambda _actor: Namespace.objects.values("pk"),
        readers=lambda _key: Q(),
        may_moderate=lambda actor, key: _own(actor) == key,
        describe=_describe,
    )
    own = SubjectKind(
        name=CLOSED_PLACE,
        visible_keys=lambda actor: Namespace.objects.filter(pk=_own(actor)).values("pk"),
        readers=lambda key: Q(namespace=key),
        may_moderate=lambda actor, key: _own(actor) == key,
        describe=_describe,
    )
    subjects.register(everything)
    subjects.register(own)


def begin(by: User, about: User, *, kind: str = OPEN_PLACE, title: str = "A question", text: str = "Why?") -> Thread:
    """A thread of `by` about the place of `about`, which `about` moderates."""
    assert about.namespace_id is not None
    return open_thread(actor=Actor(user=by), kind=kind, key=about.namespace_id, title=title, text=text)


@pytest.fixture
def thread(alice: User, bob: User) -> Thread:
    """Bob's question at Alice's place."""
    return begin(bob, alice)
