"""What people talk about: subjects, of kinds that the apps above register. Nothing here knows what a subject is."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

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

    `visible_keys` gives the keys that an actor may see, as a subquery. `may_moderate` tells whether an actor may hide
    and close what others wrote about a subject. `describe` gives the subjects behind some keys, missing ones left out.
    `keepers` are the members who look after one and are told of what happens there.
    """

    name: str
    visible_keys: Callable[[Actor], QuerySet[Any, Any]]
    may_moderate: Callable[[Actor, int], bool]
    describe: Callable[[Collection[int]], Mapping[int, Subject]]
    keepers: Callable[[int], Iterable[User]] = lambda _key: ()


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


def kinds() -> Collection[SubjectKind]:
    return _kinds.values()


def kind_called(name: str) -> SubjectKind:
    return _kinds[name]
