"""Flag, decide, overrule. Every decision is a row, written in the transaction that carries it out."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.discussions import upkeep
from community.discussions.hooks import Happening
from community.discussions.models import Event, EventKind, Thread
from community.discussions.queries import check_takes_part, find_comment, is_moderator, may_moderate, visible_threads
from community.discussions.rules import REASON_MAX_LENGTH
from community.discussions.services import check_title
from community.discussions.trust import standing_of
from community.members.actors import Actor
from community.members.models import User
from community.moderation.errors import (
    DecidedByVote,
    DecisionSuspended,
    FlagRefused,
    NotModerator,
    SplitRefused,
    SubjectNotFound,
)
from community.moderation.models import Flag, FlagReason, ModerationAction, Verb
from community.moderation.queries import HIDINGS, latest_hiding, suspensions
from community.moderation.rules import INVERSE, MARKS, NOTE_MAX_LENGTH, SUSPENDED_MEANWHILE, TRUSTED_FLAGS
from community.notifications.services import notify
from community.notifications.topics import Topic
from community.subjects import find_subject, kind_called
from hub.core.errors import Invalid
from hub.core.jsondata import storable_text

MODERATED = Topic("moderated", _("Moderators decided about a comment of yours in %(what)s"))
HIDDEN = Topic("hidden", _("%(what)s was hidden, or is shown again"))


@transaction.atomic
def flag_comment(*, actor: Actor, comment: Event, reason: str, note: str = "") -> Flag:
    """Ask moderators to look at `comment`; the third flag of a trusted member hides it until they have.

    A second flag of one member changes nothing. Raises `WritingForbidden`, `CommentNotFound`, `FlagRefused`, `Invalid`.
    """
    member = check_takes_part(actor)
    find_comment(actor, comment.pk)
    # Flags that arrive at once are counted one after the other.
    locked = Event.objects.select_for_update().get(pk=comment.pk)
    if locked.author_id == member.pk or locked.hidden:
        raise FlagRefused
    flag, created = Flag.objects.get_or_create(
        member=member,
        comment=locked,
        defaults={
            "kind": comment.thread.board.kind,
            "key": comment.thread.board.key,
            **_words(reason, note),
            "weighty": standing_of(member).trusted,
        },
    )
    weighty = Flag.objects.filter(comment=locked, decision=None, weighty=True)
    suspended = suspensions().filter(comment=locked, suspends__verb=Verb.HIDE_COMMENT)
    if created and weighty.count() >= TRUSTED_FLAGS and not suspended.exists():
        upkeep.set_hidden(locked, hidden=True)
        _decide(Verb.HIDE_COMMENT, None, str(FlagReason(reason).label), comment=locked, automatic=True)
    return flag


@transaction.atomic
def report(*, actor: Actor, kind: str, key: int, reason: str, note: str = "") -> Flag:
    """Ask moderators to look at a whole subject. Raises `WritingForbidden`, `SubjectNotFound`, `Invalid`."""
    member = check_takes_part(actor)
    if find_subject(actor, kind, key) is None:
        raise SubjectNotFound
    weighty = standing_of(member).trusted
    return Flag.objects.get_or_create(
        member=member,
        kind=kind,
        key=key,
        comment=None,
        decision=None,
        defaults={**_words(reason, note), "weighty": weighty},
    )[0]


def _words(reason: str, note: str) -> dict[str, str]:
    if reason not in FlagReason.values:
        raise Invalid("reason is one of " + ", ".join(FlagReason.values))
    return {"reason": reason, "note": storable_text(note).strip()[:NOTE_MAX_LENGTH]}


@transaction.atomic
def mark_thread(*, actor: Actor, thread: Thread, verb: str, reason: str = "") -> ModerationAction:
    """Pin, lock or hide `thread`, or end that (the verbs of `rules.MARKS`). Raises `NotModerator`, `Invalid`."""
    moderator, locked = _moderated(actor, thread)
    if verb not in MARKS:
        raise Invalid("verb is one of " + ", ".join(MARKS))
    mark, value = MARKS[verb]
    upkeep.set_mark(locked, mark, value=value)
    return _decide(Verb(verb), moderator, reason, thread=locked)


@transaction.atomic
def split(*, actor: Actor, comment: Event, title: str, rest: bool, reason: str = "") -> Thread:
    """Move `comment`, and with `rest` all that came after it, into a new thread called `title`.

    Raises `NotModerator`, `TitleInvalid`, `SplitRefused` for the first comment.
    """
    moderator, old = _moderated(actor, comment.thread)
    title = check_title(title)
    first = old.events.filter(kind=EventKind.COMMENT).first()
    if first is None or first.pk == comment.pk:
        raise SplitRefused
    later = old.events.filter(kind=EventKind.COMMENT)
    events = list(later.filter(pk__gte=comment.pk) if rest else later.filter(pk=comment.pk))
    new = upkeep.move_events(events, title=title)
    _decide(Verb.SPLIT, moderator, reason, thread=old, data={"to": new.pk, "events": [event.pk for event in events]})
    return new


@transaction.atomic
def settle(*, actor: Actor, flag: Flag, agree: bool, reason: str, hide: bool = False) -> ModerationAction:
    """Answer the open flags of what `flag` is about; moderators do.

    To agree with flags of a comment is to hide it, to dismiss those that hid it by themselves is to show it again.
    What follows from a report of a subject is done where that subject is looked after, unless it is hidden (`hide`).
    Raises `NotModerator`.
    """
    if not is_moderator(actor) or actor.user is None:
        raise NotModerator
    comment, about = flag.comment, (flag.kind, flag.key)
    if comment is None and agree and hide:
        return hide_subject(kind=flag.kind, key=flag.key, reason=reason, by=actor.user)
    if comment is None:
        return _decide(Verb.UPHOLD if agree else Verb.DISMISS, actor.user, reason, subject=about)
    if agree:
        upkeep.set_hidden(comment, hidden=True)
        return _decide(Verb.HIDE_COMMENT, actor.user, reason, comment=comment)
    automatic = ModerationAction.objects.filter(comment=comment, verb=Verb.HIDE_COMMENT, automatic=True)
    for action in automatic.filter(overruled_by=None):
        overrule(action=action, actor=actor, reason=reason)
    return _decide(Verb.DISMISS, actor.user, reason, comment=comment)


@transaction.atomic
def hide_subject(  # noqa: PLR0913 (all by keyword)
    *, kind: str, key: int, reason: str, hidden: bool = True, by: User | None = None, link: str = ""
) -> ModerationAction:
    """Hide a subject from all but those who look after it, or show it again (`hidden`), and tell them.

    Asks for no permission: a moderator who answers a report decides (`by`), or a vote, whose page is `link`. Each of
    these decisions overrules the one before. What is so already stays so, by the decision that made it so. Raises
    `SubjectNotFound` for what cannot be hidden.
    """
    hide = kind_called(kind).hide
    if hide is None:
        raise SubjectNotFound
    hide(key, hidden)  # which locks it: of two decisions at once the second sees the first
    latest = latest_hiding(kind, key)
    verb = Verb.HIDE_SUBJECT if hidden else Verb.SHOW_SUBJECT
    if latest is not None and latest.verb == verb and not suspensions().filter(suspends=latest).exists():
        return latest
    return _decide(verb, by, reason, subject=(kind, key), link=link, overrules=latest)


@transaction.atomic
def overrule(*, action: ModerationAction, actor: Actor | None, reason: str = "", link: str = "") -> ModerationAction:
    """Undo a decision and note who did; `actor` is a moderator, or None for a vote, whose page is `link`.

    A decision is overruled once: a second call gives the first one's answer. To go back on it, overrule that answer.
    Raises `NotModerator`; `DecidedByVote` where only another vote may.
    """
    if actor is not None and not is_moderator(actor):
        raise NotModerator
    locked = ModerationAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    known = ModerationAction.objects.filter(overrules=locked).first()
    if known is not None:
        return known
    if actor is not None and locked.link:
        raise DecidedByVote
    moderator = actor.user if actor is not None else None
    answer = _line_about(
        locked, INVERSE[locked.verb], moderator=moderator, reason=_reason(reason), link=link, overrules=locked
    )
    _carry_out(answer.verb, answer, locked)
    _tell(answer)
    return answer


@transaction.atomic
def suspend(*, action: ModerationAction, reason: str, link: str) -> bool:
    """Undo a decision of moderators until `resume` is called with the same `link`, that of the proposal whose sponsors
    ask for it. Whether that began now: what a vote decided, or somebody has overruled, is left alone.
    """
    locked = ModerationAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    others = suspensions().filter(suspends=locked)
    if (
        locked.link
        or locked.verb not in INVERSE
        or others.filter(link=link).exists()
        or ModerationAction.objects.filter(overrules=locked).exists()
    ):
        return False
    first = not others.exists()
    line = _line_about(locked, Verb.SUSPEND, reason=_reason(reason), link=link, suspends=locked)
    if first:
        _carry_out(INVERSE[locked.verb], line, locked)
    _tell(line, locked.verb)
    return True


@transaction.atomic
def resume(*, action_id: int, reason: str, link: str) -> bool:
    """End the suspension for the sake of `link`; with the last one the decision is in force again.

    Whether it ended now: one of a decision that was overruled meanwhile, by the vote itself or by moderators, has lost
    its meaning and stays.
    """
    locked = ModerationAction.objects.select_for_update(of=("self",)).get(pk=action_id)
    under_way = suspensions().filter(suspends=locked)
    line = under_way.filter(link=link).first()
    if line is None:
        return False
    end = _line_about(locked, Verb.RESUME, reason=_reason(reason), link=link, overrules=line)
    if not under_way.exists():
        _carry_out(locked.verb, locked, line)
    _tell(end, locked.verb)
    return True


def _line_about(decision: ModerationAction, verb: str, **more: Any) -> ModerationAction:
    """A line of the log about the same thing."""
    about = {name: getattr(decision, name) for name in ("kind", "key", "thread", "comment", "data")}
    return ModerationAction.objects.create(verb=verb, **about, **more)


def _carry_out(verb: str, answer: ModerationAction, undone: ModerationAction) -> None:
    """Do `verb` to what both lines are about; `answer` is the one that holds from now on.

    What has been deleted since is left alone.
    """
    if verb in {Verb.HIDE_COMMENT, Verb.SHOW_COMMENT, Verb.HIDE_SUBJECT, Verb.SHOW_SUBJECT}:
        _set_hidden(verb, answer)
    elif verb in {Verb.JOIN, Verb.SPLIT}:
        _move(verb, answer)
    elif verb == Verb.REOPEN:
        open_again = Flag.objects.filter(kind=answer.kind, key=answer.key, comment=answer.comment, decision=None)
        undone.flags.exclude(member__in=open_again.values("member")).update(decision=None)
    elif verb in {Verb.DISMISS, Verb.UPHOLD}:
        _answer_flags(answer)
    elif answer.thread is not None:
        mark, value = MARKS[verb]
        upkeep.set_mark(answer.thread, mark, value=value)


def _set_hidden(verb: str, answer: ModerationAction) -> None:
    hidden = verb in {Verb.HIDE_COMMENT, Verb.HIDE_SUBJECT}
    hide = kind_called(answer.kind).hide if verb in HIDINGS else None
    if hide is not None:
        hide(answer.key, hidden)
    elif answer.comment is not None:
        upkeep.set_hidden(answer.comment, hidden=hidden)


def _move(verb: str, answer: ModerationAction) -> None:
    """Bring the comments of a split back, or away again; a thread that is left empty is hidden."""
    made = Thread.objects.filter(pk=answer.data["to"]).first()
    if answer.thread is None or made is None:
        return
    upkeep.move_back(answer.data["events"], answer.thread if verb == Verb.JOIN else made)
    upkeep.set_mark(made, "hidden", value=not made.events.exists())


def _answer_flags(action: ModerationAction) -> None:
    flags = Flag.objects.filter(kind=action.kind, key=action.key, comment=action.comment, decision=None)
    flags.update(decision=action)


def note_hidden(happening: Happening) -> None:
    """A handler of `community.discussions.hooks`: a moderator hid a comment by the API or on its page."""
    comment = happening.event
    if happening.action == "hidden" and comment is not None and comment.author_id != happening.actor.pk:
        _decide(Verb.HIDE_COMMENT, happening.actor, happening.reason, comment=comment)


def _moderated(actor: Actor, thread: Thread) -> tuple[User, Thread]:
    """The moderator, and the row as it is now. Raises `WritingForbidden`, `NotModerator`."""
    moderator = check_takes_part(actor)
    locked = visible_threads(actor).select_for_update(of=("self",)).filter(pk=thread.pk).first()
    if locked is None or not may_moderate(actor, locked):
        raise NotModerator
    return moderator, locked


def _decide(  # noqa: PLR0913 (all but two by keyword)
    verb: Verb,
    moderator: User | None,
    reason: str,
    *,
    comment: Event | None = None,
    thread: Thread | None = None,
    subject: tuple[str, int] | None = None,
    data: dict[str, Any] | None = None,
    link: str = "",
    overrules: ModerationAction | None = None,
    automatic: bool = False,
) -> ModerationAction:
    """Write the decision down; it answers the open flags about the same thing, unless nobody has looked at them."""
    thread = thread or (comment.thread if comment is not None else None)
    kind, key = subject or ((thread.board.kind, thread.board.key) if thread is not None else ("", 0))
    if verb in SUSPENDED_MEANWHILE and not link:
        _check_not_suspended(Q(kind=kind, key=key, thread=thread, comment=comment, suspends__verb=verb))
    action = ModerationAction.objects.create(
        verb=verb,
        moderator=moderator,
        automatic=automatic,
        reason=_reason(reason),
        kind=kind,
        key=key,
        thread=thread,
        comment=comment,
        data=data or {},
        link=link,
        overrules=overrules,
    )
    if verb in {Verb.HIDE_COMMENT, Verb.HIDE_SUBJECT, Verb.UPHOLD, Verb.DISMISS} and not automatic:
        _answer_flags(action)
    _tell(action)
    return action


def _check_not_suspended(about: Q) -> None:
    """Raises `DecisionSuspended`: what members have suspended, moderators do not decide anew meanwhile."""
    if suspensions().filter(about).exists():
        raise DecisionSuspended


def _tell(action: ModerationAction, about: str = "") -> None:
    """Whoever wrote a comment, or looks after a subject, learns what was decided about it, why, and how to appeal.

    `about` is the verb of the decision that a suspension is of.
    """
    topic, recipients, verb = MODERATED, [], about or action.verb
    if verb in {Verb.HIDE_COMMENT, Verb.SHOW_COMMENT} and action.comment is not None:
        recipients = [action.comment.author] if action.comment.author is not None else []
    elif verb in {Verb.HIDE_SUBJECT, Verb.SHOW_SUBJECT}:
        topic, recipients = HIDDEN, list(kind_called(action.kind).keepers(action.key))
    if recipients:
        target = reverse("decision", args=[action.pk])
        notify(topic=topic.name, recipients=recipients, kind=action.kind, key=action.key, target=target)


def _reason(text: str) -> str:
    return " ".join(storable_text(text).split())[:REASON_MAX_LENGTH]
