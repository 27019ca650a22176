"""What people talk about: subjects, of kinds that the apps above register. Nothing here knows what a subject is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from community.members.actors import Actor


@dataclass(frozen=True)
class Subject:
    """One thing to talk about, as people see it. `address` is a path of this site."""

    title: str
    address: str


@dataclass(frozen=True)
class SubjectKind:
    """All that the community knows of one kind of subject; a subject is named by its kind and its `key`.

    `visible_keys` gives the keys that an actor may see, as a subquery. `may_moderate` tells whether an actor may hide
    and close what others wrote about a subject. `describe` gives the subjects behind some keys, missing ones left out.
    """

    name: str
    visible_keys: Callable[[Actor], QuerySet[Any, Any]]
    may_moderate: Callable[[Actor, int], bool]
    describe: Callable[[Collection[int]], Mapping[int, Subject]]


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Make `kind` known, at the start of the process; a second registration under the same name replaces the first."""
    _kinds[kind.name] = kind


def kinds() -> Collection[SubjectKind]:
    return _kinds.values()


def kind_called(name: str) -> SubjectKind:
    return _kinds[name]
