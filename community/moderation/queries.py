"""The moderators' queue, and the log that everybody reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from community.discussions.queries import is_staff
from community.members.actors import Actor
from community.moderation.errors import DecisionNotFound, NotModerator
from community.moderation.models import Flag, ModerationAction
from community.subjects import Subject, kind_called, kinds

QUEUE = 300  # open flags that are looked at together


def _visible(actor: Actor) -> Q:
    about = Q(pk__in=[])
    for kind in kinds():
        about |= Q(kind=kind.name, key__in=kind.visible_keys(actor))
    return about


def decisions(actor: Actor) -> QuerySet[ModerationAction]:
    """The log about what `actor` may see, newest first, with all that a line of it shows joined."""
    found = ModerationAction.objects.filter(_visible(actor))
    return found.select_related("moderator", "thread__board", "comment", "overruled_by__moderator", "overrules")


def get_decision(actor: Actor, action_id: int) -> ModerationAction:
    """Raises `DecisionNotFound`."""
    found = decisions(actor).filter(pk=action_id).first()
    if found is None:
        raise DecisionNotFound
    return found


def latest_about(actor: Actor, comment_id: int) -> ModerationAction:
    """The newest decision about a comment. Raises `DecisionNotFound`: its author may have hidden it."""
    found = decisions(actor).filter(comment=comment_id).first()
    if found is None:
        raise DecisionNotFound
    return found


def subjects_among(rows: Sequence[ModerationAction | Flag]) -> dict[tuple[str, int], Subject]:
    """{(kind, key): subject} of `rows` that `_visible` has let through; one query for each kind."""
    found: dict[tuple[str, int], Subject] = {}
    for name in {row.kind for row in rows}:
        keys = {row.key for row in rows if row.kind == name}
        found |= {(name, key): subject for key, subject in kind_called(name).describe(keys).items()}
    return found


@dataclass(frozen=True)
class Case:
    """All open flags about one comment, or about one subject."""

    flags: list[Flag]
    subject: Subject
    text: str

    @property
    def first(self) -> Flag:
        return self.flags[0]


def open_cases(actor: Actor) -> list[Case]:
    """What waits for staff, the oldest first: three queries and one for each kind of subject. Raises `NotModerator`."""
    if not is_staff(actor):
        raise NotModerator
    flags = Flag.objects.filter(_visible(actor), decision=None)
    rows = list(flags.select_related("member", "comment__author").prefetch_related("comment__versions")[:QUEUE])
    grouped: dict[tuple[str, int, int | None], list[Flag]] = {}
    for flag in rows:
        grouped.setdefault((flag.kind, flag.key, flag.comment_id), []).append(flag)
    subjects = subjects_among(rows)
    return [
        Case(found, subjects[kind, key], _text(found[0]))
        for (kind, key, _comment), found in grouped.items()
        if (kind, key) in subjects
    ]


def _text(flag: Flag) -> str:
    """What the flagged comment says, hidden or not: moderators have to know."""
    versions = list(flag.comment.versions.all()) if flag.comment is not None else []
    return versions[-1].text if versions else ""
