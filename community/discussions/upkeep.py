"""What moderation does to threads and comments. Callers have checked who asks, and keep the log."""

from collections.abc import Sequence

from django.utils import timezone

from community.discussions.models import Board, Event, Thread


def set_hidden(comment: Event, *, hidden: bool) -> None:
    """Hide a comment or show it again; what its author took back stays gone."""
    comment.hidden = hidden or not comment.versions.exists()
    comment.save(update_fields=["hidden"])


def set_mark(thread: Thread, mark: str, *, value: bool) -> None:
    """`mark`: pinned, locked or hidden."""
    setattr(thread, mark, value)
    thread.save(update_fields=[mark])


def next_number(board_id: int) -> int:
    """A number for a new thread of the board; two who ask at once must not get one."""
    board = Board.objects.select_for_update().get(pk=board_id)
    board.last_number += 1
    board.save(update_fields=["last_number"])
    return board.last_number


def move_events(events: Sequence[Event], *, title: str) -> Thread:
    """Make a thread of the same board out of `events` of one thread, oldest first; they keep their ids."""
    first = events[0]
    thread = Thread.objects.create(
        board_id=first.thread.board_id,
        number=next_number(first.thread.board_id),
        title=title,
        author=first.author,
        created_at=first.created_at,
        updated_at=timezone.now(),
    )
    move_back([event.pk for event in events], thread)
    return thread


def move_back(event_ids: Sequence[int], thread: Thread) -> None:
    Event.objects.filter(pk__in=event_ids).update(thread=thread)
