"""Which threads an actor may see, and what is in them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from community.discussions.errors import CommentNotFound, ThreadNotFound, WritingForbidden
from community.discussions.models import CommentVersion, Event, EventKind, Thread, ThreadStatus
from community.members.actors import Actor
from community.members.models import User
from community.members.rules import Permission
from community.subjects import Subject, kind_called, kinds

OPEN = (ThreadStatus.DRAFT, ThreadStatus.OPEN)


def visible_threads(actor: Actor) -> QuerySet[Thread]:
    """Threads about what `actor` may see, each with its author and board joined."""
    about = Q(pk__in=[])
    for kind in kinds():
        about |= Q(board__kind=kind.name, board__key__in=kind.visible_keys(actor))
    return Thread.objects.filter(about).select_related("author", "board")


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
    found: dict[int, Subject] = {}
    for kind in {thread.board.kind for thread in threads}:
        boards = {thread.board.key: thread.board_id for thread in threads if thread.board.kind == kind}
        found |= {boards[key]: subject for key, subject in kind_called(kind).describe(boards).items()}
    return found


def count_open(kind: str, key: int) -> int:
    """How many threads about one subject wait for an end, for those who have been shown that subject: one query."""
    return Thread.objects.filter(board__kind=kind, board__key=key, status__in=OPEN).count()


def get_thread(actor: Actor, kind: str, key: int, number: int) -> Thread:
    """Raises `ThreadNotFound`, the same for a missing one and for one about what `actor` may not see."""
    thread = visible_threads(actor).filter(board__kind=kind, board__key=key, number=number).first()
    if thread is None:
        raise ThreadNotFound
    return thread


def get_comment(thread: Thread, event_id: int) -> Event:
    """The comment of `thread`, hidden or not. Raises `CommentNotFound`."""
    comment = thread.events.filter(pk=event_id, kind=EventKind.COMMENT).select_related("author").first()
    if comment is None:
        raise CommentNotFound
    return comment


def history_of(thread: Thread, skip: int = 0, limit: int | None = None) -> list[Event]:
    """What happened, oldest first, with authors and versions: two queries. At most `limit` events after `skip`."""
    versions = Prefetch("versions", CommentVersion.objects.select_related("author"))
    events = thread.events.select_related("author").prefetch_related(versions)
    return list(events[skip:] if limit is None else events[skip : skip + limit])


@dataclass(frozen=True)
class Rights:
    """What an actor may do in one thread. `editable` and `hideable` hold ids of comments."""

    comment: bool = False
    change: bool = False  # title and status
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
        comment=True,
        change=own or moderator,
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


def may_moderate(actor: Actor, thread: Thread) -> bool:
    return kind_called(thread.board.kind).may_moderate(actor, thread.board.key)
