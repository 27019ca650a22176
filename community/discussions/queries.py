"""Which threads an actor may see, and what is in them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from community.discussions.errors import CommentNotFound, ThreadNotFound, WritingForbidden
from community.discussions.models import (
    CommentVersion,
    Event,
    EventKind,
    Reaction,
    ReactionKind,
    Thread,
    ThreadStatus,
)
from community.governance import offices
from community.members.actors import Actor
from community.members.models import User
from community.members.rules import Permission
from community.subjects import Subject, about_visible, describe, kind_called

OPEN = (ThreadStatus.DRAFT, ThreadStatus.OPEN)


def visible_threads(actor: Actor) -> QuerySet[Thread]:
    """Threads about what `actor` may see, each with its author and board joined; hidden ones only for moderators."""
    threads = Thread.objects.filter(about_visible(actor, "board__")).select_related("author", "board")
    return threads if is_moderator(actor) else threads.filter(hidden=False)


def threads_about(actor: Actor, kind: str, key: int) -> QuerySet[Thread]:
    """The threads about one subject, newest first, each with `comment_count`; none if `actor` may not see it."""
    return _with_counts(visible_threads(actor).filter(board__kind=kind, board__key=key)).order_by("-number")


def recent_threads(actor: Actor, *, author: str = "") -> QuerySet[Thread]:
    """Threads about anything, or those that the member called `author` began, each with `comment_count`; unordered."""
    threads = visible_threads(actor)
    return _with_counts(threads.filter(author__username__iexact=author) if author else threads)


def _with_counts(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    comments = Event.objects.filter(thread=OuterRef("pk"), kind=EventKind.COMMENT).order_by()
    number = comments.values("thread").annotate(number=Count("pk")).values("number")
    return threads.annotate(comment_count=Coalesce(Subquery(number), 0))


def subjects_of(threads: Collection[Thread]) -> dict[int, Subject]:
    """{board: what the thread is about}; a query for each kind among them, and none for what is gone."""
    boards = {(thread.board.kind, thread.board.key): thread.board_id for thread in threads}
    return {boards[about]: subject for about, subject in describe(boards).items()}


def count_open(kind: str, key: int) -> int:
    """How many threads about one subject wait for an end, for those who have been shown that subject: one query."""
    return Thread.objects.filter(board__kind=kind, board__key=key, status__in=OPEN, hidden=False).count()


def get_thread(actor: Actor, kind: str, key: int, number: int) -> Thread:
    """Raises `ThreadNotFound`, the same for a missing one and for one about what `actor` may not see."""
    thread = visible_threads(actor).filter(board__kind=kind, board__key=key, number=number).first()
    if thread is None:
        raise ThreadNotFound
    return thread


def find_thread(actor: Actor, thread_id: int) -> Thread:
    """The thread of this id, about whatever, with `comment_count`. Raises `ThreadNotFound`."""
    thread = _with_counts(visible_threads(actor)).filter(pk=thread_id).first()
    if thread is None:
        raise ThreadNotFound
    return thread


def find_comment(actor: Actor, event_id: int) -> Event:
    """The comment of this id, with its author, in a thread that `actor` may see. Raises `CommentNotFound`."""
    comments = Event.objects.filter(pk=event_id, kind=EventKind.COMMENT, thread__in=visible_threads(actor))
    comment = comments.select_related("author", "thread__board", "thread__author").first()
    if comment is None:
        raise CommentNotFound
    return comment


def subject_of(thread: Thread) -> Subject:
    """What `thread` is about, for those who have been shown it. Raises `ThreadNotFound` if that is gone."""
    subject = subjects_of([thread]).get(thread.board_id)
    if subject is None:
        raise ThreadNotFound
    return subject


def get_comment(thread: Thread, event_id: int) -> Event:
    """The comment of `thread`, hidden or not. Raises `CommentNotFound`."""
    comment = thread.events.filter(pk=event_id, kind=EventKind.COMMENT).select_related("author").first()
    if comment is None:
        raise CommentNotFound
    return comment


def history_of(thread: Thread, skip: int = 0, limit: int | None = None) -> list[Event]:
    """What happened, oldest first, with authors and versions: two queries. At most `limit` events after `skip`."""
    events = with_versions(thread.events.all())
    if limit is None:
        return list(events[skip:])
    # The rows that are skipped are counted off an index, before anything is joined to them.
    return list(events.filter(pk__in=thread.events.values("pk")[skip : skip + limit]))


def with_versions(events: QuerySet[Event]) -> QuerySet[Event]:
    """`events` with their authors and, of comments that are not hidden, all versions: two queries."""
    versions = Prefetch("versions", CommentVersion.objects.filter(comment__hidden=False).select_related("author"))
    return events.select_related("author", "reply_to__author").prefetch_related(versions)


@dataclass(frozen=True)
class Tally:
    """How many members reacted to a comment in one way, and whether the reader is one of them."""

    kind: str
    symbol: str
    count: int
    mine: bool


def reactions_to(actor: Actor, events: Collection[Event]) -> dict[int, list[Tally]]:
    """{comment: its reactions in the order of `ReactionKind`}; those without any are missing. One query."""
    own = Q(member=actor.user) if actor.user is not None else Q(pk__in=[])
    rows = Reaction.objects.filter(comment__in=[event.pk for event in events]).values("comment", "kind")
    counted = rows.annotate(count=Count("pk"), mine=Count("pk", filter=own))
    order = {kind: place for place, kind in enumerate(ReactionKind.values)}
    found: dict[int, list[Tally]] = {}
    for row in sorted(counted, key=lambda row: order[row["kind"]]):
        tally = Tally(row["kind"], ReactionKind(row["kind"]).label, row["count"], bool(row["mine"]))
        found.setdefault(row["comment"], []).append(tally)
    return found


@dataclass(frozen=True)
class Said:
    """An event, with what it says now and how often that was changed, if it is a comment, and reactions to it."""

    event: Event
    text: str
    edits: int
    reactions: list[Tally]


def said(actor: Actor, events: Collection[Event]) -> list[Said]:
    """`events` as `actor` reads them: two queries, and one for each event without `with_versions`."""
    reactions = reactions_to(actor, [event for event in events if event.kind == EventKind.COMMENT])
    found = []
    for event in events:
        versions = event.versions_of()
        text, edits = (versions[-1].text, len(versions) - 1) if versions else ("", 0)
        found.append(Said(event, text, edits, reactions.get(event.pk, [])))
    return found


@dataclass(frozen=True)
class Rights:
    """What an actor may do in one thread. `editable` and `hideable` hold ids of comments."""

    comment: bool = False
    change: bool = False  # title and status
    moderate: bool = False
    editable: set[int] = field(default_factory=set)
    hideable: set[int] = field(default_factory=set)


def rights_in(actor: Actor, thread: Thread, history: list[Event]) -> Rights:
    """What to offer `actor` on the page of `thread`; the services check again."""
    if not may_take_part(actor):
        return Rights()
    moderator = may_moderate(actor, thread)
    own = actor.user is not None and thread.author_id == actor.user.pk
    shown = [event for event in history if event.kind == EventKind.COMMENT and not event.hidden]
    mine = {event.pk for event in shown if actor.user is not None and event.author_id == actor.user.pk}
    return Rights(
        comment=moderator or not thread.locked,
        change=moderator or (own and not thread.locked),
        moderate=moderator,
        editable=mine,
        hideable={event.pk for event in shown} if moderator else mine,
    )


def may_take_part(actor: Actor) -> bool:
    """Whether `actor` may write where it may read."""
    return actor.user is not None and actor.token_allows(Permission.DISCUSSION_WRITE)


def check_takes_part(actor: Actor) -> User:
    """The member who writes. Raises `WritingForbidden`."""
    if not may_take_part(actor):
        raise WritingForbidden
    return check_member(actor)


def check_member(actor: Actor) -> User:
    """The member who acts, by whatever token. Raises `WritingForbidden` for machines and passers-by."""
    if actor.user is None:
        raise WritingForbidden
    return actor.user


def is_moderator(actor: Actor) -> bool:
    """Whether `actor` looks after the whole hub, by a session or a token that may write discussions."""
    return may_take_part(actor) and offices.is_moderator(actor.user)


def may_moderate(actor: Actor, thread: Thread) -> bool:
    """Whether `actor`, who sees `thread`, may keep it in order."""
    return is_moderator(actor) or kind_called(thread.board.kind).may_moderate(actor, thread.board.key)
