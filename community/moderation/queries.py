"""The moderators' queue, and the log that everybody reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from community.discussions.queries import is_moderator
from community.members.actors import Actor
from community.moderation.errors import DecisionNotFound, FlagNotFound, NotModerator
from community.moderation.models import Flag, ModerationAction, Verb
from community.subjects import Subject, about_visible, describe, kind_called, visible_keys_among

QUEUE = 300  # open flags that are looked at together
HIDINGS = [Verb.HIDE_SUBJECT, Verb.SHOW_SUBJECT]


def decisions(actor: Actor) -> QuerySet[ModerationAction]:
    """The log about what `actor` may see, newest first, with all that a line of it shows joined.

    That something was hidden as a whole, and why, is for everybody to read; what it was is not. Each row has
    ``.suspended``.
    """
    hidings = Q(verb__in=HIDINGS) | Q(suspends__verb__in=HIDINGS) | Q(overrules__suspends__verb__in=HIDINGS)
    found = ModerationAction.objects.filter(about_visible(actor) | hidings)
    found = found.annotate(suspended=Exists(suspensions().filter(suspends=OuterRef("pk"))))
    return found.select_related(
        "moderator", "thread__board", "comment", "overruled_by__moderator", "overrules", "suspends"
    )


def suspensions() -> QuerySet[ModerationAction]:
    """Those under way, each of a decision that nobody has overruled since."""
    under_way = ModerationAction.objects.filter(verb=Verb.SUSPEND, overruled_by=None, suspends__overruled_by=None)
    return under_way.select_related("suspends").order_by("pk")


def get_decision(actor: Actor, action_id: int) -> ModerationAction:
    """Raises `DecisionNotFound`."""
    found = decisions(actor).filter(pk=action_id).first()
    if found is None:
        raise DecisionNotFound
    return found


def latest_about(actor: Actor, comment_id: int) -> ModerationAction:
    """The newest decision about a comment. Raises `DecisionNotFound`: its author may have hidden it."""
    found = decisions(actor).filter(comment=comment_id).exclude(verb__in=[Verb.SUSPEND, Verb.RESUME]).first()
    if found is None:
        raise DecisionNotFound
    return found


def latest_hiding(kind: str, key: int) -> ModerationAction | None:
    """The newest decision by which a subject was hidden, or shown again."""
    return ModerationAction.objects.filter(kind=kind, key=key, verb__in=HIDINGS).order_by("-pk").first()


def subjects_among(actor: Actor, rows: Sequence[ModerationAction | Flag]) -> dict[tuple[str, int], Subject]:
    """{(kind, key): subject} of those of `rows` that `actor` may see; two queries for each kind."""
    return describe(visible_keys_among(actor, ((row.kind, row.key) for row in rows)))


@dataclass(frozen=True)
class Case:
    """All open flags about one comment, or about one subject."""

    flags: list[Flag]
    subject: Subject
    text: str

    @property
    def first(self) -> Flag:
        return self.flags[0]

    @property
    def may_hide(self) -> bool:
        """Whether what was reported can be hidden as a whole."""
        return kind_called(self.first.kind).hide is not None


def open_cases(actor: Actor) -> list[Case]:
    """What waits for moderators, the oldest first: three queries and one a kind of subject. Raises `NotModerator`."""
    if not is_moderator(actor):
        raise NotModerator
    flags = Flag.objects.filter(about_visible(actor), decision=None)
    rows = list(flags.select_related("member", "comment__author").prefetch_related("comment__versions")[:QUEUE])
    grouped: dict[tuple[str, int, int | None], list[Flag]] = {}
    for flag in rows:
        grouped.setdefault((flag.kind, flag.key, flag.comment_id), []).append(flag)
    subjects = subjects_among(actor, rows)
    return [
        Case(found, subjects[kind, key], _text(found[0]))
        for (kind, key, _comment), found in grouped.items()
        if (kind, key) in subjects
    ]


def get_open_flag(actor: Actor, flag_id: int) -> Flag:
    """Raises `NotModerator`, and `FlagNotFound` if it is answered already."""
    if not is_moderator(actor):
        raise NotModerator
    flags = Flag.objects.filter(about_visible(actor), pk=flag_id, decision=None)
    found = flags.select_related("comment__thread__board").first()
    if found is None:
        raise FlagNotFound
    return found


def _text(flag: Flag) -> str:
    """What the flagged comment says, hidden or not: moderators have to know."""
    versions = list(flag.comment.versions.all()) if flag.comment is not None else []
    return versions[-1].text if versions else ""
