"""What people talk about: subjects, of kinds that the apps above register. Nothing here knows what a subject is."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from community.members.actors import Actor
from community.members.models import User
from hub.core.markdown.rendering import Base

_ROOT = Base(media="/", links="/")


@dataclass(frozen=True)
class Subject:
    """One thing to talk about, as people see it. `address` is a path of this site; below `threads` (by default its
    ``/discussions``) lie its threads, by number. Relative links in what people write lead from `base`.
    """

    title: str
    address: str
    threads: str = ""
    base: Base = _ROOT

    def thread_address(self, number: int) -> str:
        return f"{self.threads or f'{self.address}/discussions'}/{number}"


@dataclass(frozen=True)
class SubjectKind:
    """All that the community knows of one kind of subject; a subject is named by its kind and its `key`.

    `visible_keys` gives the keys that an actor may see, as a subquery. `readers` is the same the other way round, for
    one query about many: the members who see a subject on pages though not everybody does, as a condition.
    `may_moderate` tells whether an actor may hide and close what others wrote about a subject. `describe` gives the
    subjects behind some keys, missing ones left out. `keepers` are the members who look after one and are told of what
    happens there. `hide` hides one from all but those who look after it (True) or shows it again, and locks it until
    the transaction ends; None where nothing is hidden.
    """

    name: str
    visible_keys: Callable[[Actor], QuerySet[Any, Any]]
    readers: Callable[[int], Q]
    may_moderate: Callable[[Actor, int], bool]
    describe: Callable[[Collection[int]], Mapping[int, Subject]]
    keepers: Callable[[int], Iterable[User]] = lambda _key: ()
    hide: Callable[[int, bool], None] | None = None


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Make `kind` known, at the start of the process; a second registration under the same name replaces the first."""
    _kinds[kind.name] = kind


def find_subject(actor: Actor, kind: str, key: int) -> Subject | None:
    """The subject, if `actor` may see it: two queries."""
    known = _kinds.get(kind)
    if known is None or not known.visible_keys(actor).filter(pk=key).exists():
        return None
    return known.describe([key]).get(key)


def about_visible(actor: Actor, prefix: str = "") -> Q:
    """Of rows with a ``kind`` and a ``key`` (behind `prefix`): those about what `actor` may see."""
    about = Q(pk__in=[])
    for kind in _kinds.values():
        about |= Q(**{f"{prefix}kind": kind.name, f"{prefix}key__in": kind.visible_keys(actor)})
    return about


def describe(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Subject]:
    """{(kind, key): subject} for those who have been shown them, missing ones left out; a query for each kind."""
    return {
        (name, key): subject
        for name, some in _by_kind(wanted).items()
        for key, subject in kind_called(name).describe(some).items()
    }


def visible_keys_among(actor: Actor, wanted: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of `wanted`, of kinds that are known, which `actor` may see; a query for each kind."""
    return {
        (name, key)
        for name, some in _by_kind(wanted).items()
        if name in _kinds
        for key in _kinds[name].visible_keys(actor).filter(pk__in=some).values_list("pk", flat=True)
    }


def _by_kind(wanted: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    keys: dict[str, set[int]] = {}
    for name, key in wanted:
        keys.setdefault(name, set()).add(key)
    return keys


def kind_called(name: str) -> SubjectKind:
    return _kinds[name]
