"""Threads and comments as Atom feeds, of what everybody may see."""

from collections.abc import Sequence

from django.db.models import Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.discussions.models import CommentVersion, Event, EventKind, Thread
from community.discussions.queries import find_thread, recent_threads, subject_of, subjects_of
from community.discussions.timeline import comments_html
from community.members.actors import ANONYMOUS
from community.subjects import Subject
from hub.core.feeds import LENGTH, Entry, atom


@require_safe
def discussions_feed(request: HttpRequest) -> HttpResponse:
    """The newest threads about anything."""
    return threads_feed(
        request, title=_("Discussions"), address=reverse("discussions"), threads=recent_threads(ANONYMOUS)
    )


def threads_feed(request: HttpRequest, *, title: str, address: str, threads: QuerySet[Thread]) -> HttpResponse:
    """The newest of `threads`, which everybody may see, each with its first comment."""
    rows = list(threads.order_by("-pk")[:LENGTH])
    subjects = subjects_of(rows)
    firsts = _first_comments(rows)
    shown = [thread for thread in rows if thread.board_id in subjects]
    entries = [_thread_entry(thread, subjects[thread.board_id], firsts.get(thread.pk)) for thread in shown]
    return atom(request, title=title, address=address, entries=entries)


def _first_comments(threads: Sequence[Thread]) -> dict[int, Event]:
    """{thread: its first comment that is not hidden}: two queries."""
    comments = Event.objects.filter(thread__in=threads, kind=EventKind.COMMENT, hidden=False)
    firsts = comments.order_by().values("thread").annotate(first=Min("pk")).values("first")
    return {event.thread_id: event for event in Event.objects.filter(pk__in=firsts).prefetch_related("versions")}


def _thread_entry(thread: Thread, subject: Subject, first: Event | None) -> Entry:
    texts = {0: versions[-1].text} if first is not None and (versions := first.versions_of()) else {}
    return Entry(
        title=f"{thread.title} · {subject.title}",
        address=reverse("thread", args=[thread.pk]),
        updated=thread.created_at,
        author=thread.author.username if thread.author is not None else "",
        html=comments_html(texts, subject.base).get(0, ""),
    )


@require_safe
def thread_feed(request: HttpRequest, thread: int) -> HttpResponse:
    """The newest comments of one thread."""
    found = find_thread(ANONYMOUS, thread)
    subject = subject_of(found)
    comments = found.events.filter(kind=EventKind.COMMENT, hidden=False).select_related("author")
    rows = list(comments.prefetch_related("versions").order_by("-pk")[:LENGTH])
    shown = comments_html({row.pk: row.versions_of()[-1].text for row in rows}, subject.base)
    entries = [_comment_entry(row, row.versions_of()[-1], shown[row.pk]) for row in rows]
    return atom(request, title=found.title, address=subject.thread_address(found.number), entries=entries)


def _comment_entry(comment: Event, latest: CommentVersion, html: str) -> Entry:
    name = comment.author.username if comment.author is not None else ""
    return Entry(
        title=name or _("a deleted account"),
        address=reverse("comment", args=[comment.pk]),
        updated=latest.created_at,
        author=name,
        html=html,
        published=comment.created_at,
    )
