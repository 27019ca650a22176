"""What is being talked about anywhere on the hub."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.discussions.queries import recent_threads, subjects_of
from community.members.auth import actor_of
from hub.core.pagination import page

PAGE_SIZE = 25


@require_safe
def recent_page(request: HttpRequest) -> HttpResponse:
    """The threads that the visitor may see, the liveliest first; of one member with ``?author=name``."""
    author = request.GET.get("author", "").replace("\0", "")
    threads = recent_threads(actor_of(request), author=author)
    rows, next_cursor = page(threads, ["-updated_at"], request.GET.get("cursor"), PAGE_SIZE)
    subjects = subjects_of(rows)
    shown = [
        (thread, subject, subject.thread_address(thread.number))
        for thread in rows
        if (subject := subjects.get(thread.board_id)) is not None
    ]
    return render(
        request,
        "community/discussions/recent.html",
        {"rows": shown, "next_cursor": next_cursor, "author": author},
    )
