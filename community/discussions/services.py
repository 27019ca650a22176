"""Open threads, write in them, change their state."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.discussions import hooks
from community.discussions.errors import (
    CommentHidden,
    CommentNotFound,
    NotYours,
    StatusRefused,
    TextInvalid,
    ThreadLocked,
    ThreadNotFound,
    TitleInvalid,
)
from community.discussions.hooks import Happening
from community.discussions.models import (
    Board,
    CommentVersion,
    Event,
    EventKind,
    Reaction,
    ReactionKind,
    Thread,
    ThreadStatus,
)
from community.discussions.queries import check_member, check_takes_part, may_moderate, visible_threads
from community.discussions.rules import MAX_TEXT, is_title, may_become, one_line
from community.discussions.trust import check_edit, check_post
from community.discussions.upkeep import next_number
from community.members.actors import Actor
from community.members.models import User
from community.subjects import kind_called
from hub.core.errors import Invalid
from hub.core.jsondata import storable_text


@transaction.atomic
def open_thread(  # noqa: PLR0913 (all by keyword)
    *, actor: Actor, kind: str, key: int, title: str, text: str, status: ThreadStatus = ThreadStatus.OPEN
) -> Thread:
    """A thread about subject `key` of `kind`, with `text` as its first comment unless that is empty.

    Raises `WritingForbidden`, `TitleInvalid`, `TextInvalid`, what `check_post` raises, and `ThreadNotFound` if `actor`
    may not see the subject.
    """
    author = check_takes_part(actor)
    title, text = check_title(title), _clean(text)
    check_post(author, text)
    if not kind_called(kind).visible_keys(actor).filter(pk=key).exists():
        raise ThreadNotFound
    board, _created = Board.objects.get_or_create(kind=kind, key=key)
    thread = Thread.objects.create(board=board, number=next_number(board.pk), title=title, author=author, status=status)
    first = _write_comment(thread, author, text) if text else None
    hooks.happened(Happening("opened", thread, first, author))
    return thread


@transaction.atomic
def add_comment(*, actor: Actor, thread: Thread, text: str, reply_to: Event | None = None) -> Event:
    """Say `text`, in answer to the comment `reply_to` of the same thread or to nobody.

    Raises `WritingForbidden`, `TextInvalid`, `ThreadNotFound`, `ThreadLocked`, `CommentNotFound`, and what
    `check_post` raises.
    """
    author = check_takes_part(actor)
    text = check_text(text)
    check_post(author, text)
    locked = _lock(actor, thread)
    _check_unlocked(actor, locked)
    if reply_to is not None and reply_to.thread_id != locked.pk:
        raise CommentNotFound
    event = _write_comment(locked, author, text, reply_to)
    return _added(locked, event, author)


@transaction.atomic
def edit_comment(*, actor: Actor, comment: Event, text: str) -> Event:
    """Give `comment` a new version; its author alone may. Raises `NotYours`, `CommentHidden`, `TextInvalid`,
    `ThreadLocked`.
    """
    author = check_takes_part(actor)
    text = check_text(text)
    check_edit(author, text)
    thread = _lock(actor, comment.thread)
    _check_unlocked(actor, thread)
    comment.refresh_from_db(fields=["hidden"])
    if comment.author_id != author.pk:
        raise NotYours
    if comment.hidden:
        raise CommentHidden
    CommentVersion.objects.create(comment=comment, text=text, author=author)
    hooks.happened(Happening("edited", thread, comment, author))
    return comment


@transaction.atomic
def hide_comment(*, actor: Actor, comment: Event, reason: str = "") -> Event:
    """Show nobody any more what `comment` says. Raises `NotYours`.

    Its author takes the words back for good. A moderator, who may give a `reason`, hides them only: the decision can
    be overruled.
    """
    member = check_takes_part(actor)
    thread = _lock(actor, comment.thread)
    own = comment.author_id == member.pk
    if not own and not may_moderate(actor, thread):
        raise NotYours
    comment.refresh_from_db(fields=["hidden"])
    if own:
        comment.versions.all().delete()
    if not comment.hidden:
        comment.hidden = True
        comment.save(update_fields=["hidden"])
        hooks.happened(Happening("hidden", thread, comment, member, reason))
    return comment


@transaction.atomic
def react(*, actor: Actor, comment: Event, kind: str, wanted: bool) -> None:
    """Set or take back the reaction `kind` (a `ReactionKind`) of `actor`; both may be repeated.

    Raises `WritingForbidden`, `ThreadNotFound`, `ThreadLocked`, `CommentHidden`, `Invalid`.
    """
    member = check_takes_part(actor)
    if kind not in ReactionKind.values:
        raise Invalid(_("There is no such reaction."))
    _check_unlocked(actor, _lock(actor, comment.thread))
    comment.refresh_from_db(fields=["hidden"])
    if comment.hidden:
        raise CommentHidden
    if wanted:
        Reaction.objects.get_or_create(comment=comment, member=member, kind=kind)
    else:
        Reaction.objects.filter(comment=comment, member=member, kind=kind).delete()


@transaction.atomic
def rename(*, actor: Actor, thread: Thread, title: str) -> Event:
    """Raises `NotYours`, `TitleInvalid`. The same title again is an event too."""
    title = check_title(title)
    author, locked = _lock_to_change(actor, thread)
    event = _write_event(locked, EventKind.TITLE, author, {"from": locked.title, "to": title})
    locked.title = thread.title = title
    locked.save(update_fields=["title"])
    return _added(locked, event, author)


@transaction.atomic
def set_status(*, actor: Actor, thread: Thread, status: str, text: str = "") -> Event:
    """Open or close `thread`, saying `text` first. Raises `NotYours`, `StatusRefused`, `TextInvalid`."""
    text = _clean(text)
    author, locked = _lock_to_change(actor, thread)
    if not may_become(locked.status, status):
        raise StatusRefused(status)
    if text:
        check_post(author, text)
    return _change_status(locked, author, status, text, thread)


@transaction.atomic
def mark_merged(*, actor: Actor, thread: Thread, text: str = "") -> Event:
    """Note that the change which `thread` carries has been made; which member may do that is for the caller to know."""
    text = _clean(text)
    author = check_takes_part(actor) if text else check_member(actor)
    locked = _lock(actor, thread)
    if locked.status not in {ThreadStatus.DRAFT, ThreadStatus.OPEN}:
        raise StatusRefused(ThreadStatus.MERGED)
    return _change_status(locked, author, ThreadStatus.MERGED, text, thread)


@transaction.atomic
def add_commit(*, actor: Actor, thread: Thread, oid: str, subject: str) -> Event:
    """Note that `thread` now carries the commit `oid`; which member may do that is for the caller to know."""
    author = check_member(actor)
    locked = _lock(actor, thread)
    event = _write_event(locked, EventKind.COMMIT, author, {"oid": oid, "subject": storable_text(subject)[:300]})
    return _added(locked, event, author)


def delete_board(*, kind: str, key: int) -> None:
    """Forget everything that was said about a subject that is no more."""
    Board.objects.filter(kind=kind, key=key).delete()


def check_title(title: str) -> str:
    """`title` as it is kept. Raises `TitleInvalid`."""
    title = one_line(title)
    if not is_title(title):
        raise TitleInvalid
    return title


def check_text(text: str) -> str:
    """`text` as it is kept. Raises `TextInvalid`."""
    text = _clean(text)
    if not text:
        raise TextInvalid
    return text


def _clean(text: str) -> str:
    """Like `check_text`, but nothing is fine too."""
    text = storable_text(text).replace("\r\n", "\n").strip()  # browsers send the former
    if len(text) > MAX_TEXT:
        raise TextInvalid
    return text


def _lock(actor: Actor, thread: Thread) -> Thread:
    """The row as it is now: two changes of one thread come one after the other."""
    locked = visible_threads(actor).select_for_update(of=("self",)).filter(pk=thread.pk).first()
    if locked is None:
        raise ThreadNotFound
    return locked


def _check_unlocked(actor: Actor, thread: Thread) -> None:
    if thread.locked and not may_moderate(actor, thread):
        raise ThreadLocked


def _lock_to_change(actor: Actor, thread: Thread) -> tuple[User, Thread]:
    author = check_takes_part(actor)
    locked = _lock(actor, thread)
    if locked.author_id != author.pk and not may_moderate(actor, locked):
        raise NotYours
    _check_unlocked(actor, locked)
    return author, locked


def _write_comment(thread: Thread, author: User, text: str, reply_to: Event | None = None) -> Event:
    event = _write_event(thread, EventKind.COMMENT, author, {}, reply_to)
    CommentVersion.objects.create(comment=event, text=text, author=author, created_at=event.created_at)
    return event


def _write_event(
    thread: Thread, kind: EventKind, author: User, data: dict[str, Any], reply_to: Event | None = None
) -> Event:
    thread.updated_at = timezone.now()
    thread.save(update_fields=["updated_at"])
    return Event.objects.create(
        thread=thread, kind=kind, author=author, data=data, reply_to=reply_to, created_at=thread.updated_at
    )


def _change_status(locked: Thread, author: User, status: str, text: str, seen: Thread) -> Event:
    if text:
        _added(locked, _write_comment(locked, author, text), author)
    event = _write_event(locked, EventKind.STATUS, author, {"status": status})
    locked.status = seen.status = status
    locked.save(update_fields=["status"])
    return _added(locked, event, author)


def _added(thread: Thread, event: Event, author: User) -> Event:
    hooks.happened(Happening("added", thread, event, author))
    return event
