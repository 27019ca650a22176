"""Take part: comment, reply, edit, withdraw, react, rename, open and close. Threads and comments go by their ids here,
so that these addresses work for every subject, and still do after a move or a split.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.discussions import queries, services
from community.discussions.errors import CommentHidden, CommentNotFound, NotYours
from community.discussions.forms import CommentForm, HideForm, StatusForm, TitleForm
from community.discussions.models import Event, Thread
from community.discussions.revisions import revisions_of
from community.discussions.rules import quoted
from community.discussions.timeline import comment_html, event_address
from community.members.actors import Actor
from community.members.auth import actor_of
from community.subjects import Subject
from hub.core.errors import DomainError


@dataclass(frozen=True)
class Found:
    """A thread with what it is about, and the comment that a page is for, if it is for one."""

    thread: Thread
    subject: Subject
    comment: Event | None = None

    @property
    def address(self) -> str:
        return self.subject.thread_address(self.thread.number)

    def address_of(self, event: Event) -> str:
        return event_address(self.address, event)


def find_thread(actor: Actor, thread_id: int) -> Found:
    """Raises `ThreadNotFound`."""
    thread = queries.find_thread(actor, thread_id)
    return Found(thread, queries.subject_of(thread))


def find_comment(actor: Actor, event_id: int) -> tuple[Found, Event]:
    """Raises `CommentNotFound`."""
    comment = queries.find_comment(actor, event_id)
    return Found(comment.thread, queries.subject_of(comment.thread), comment), comment


def frame(
    request: HttpRequest, found: Found, template: str, shown: dict[str, object], status: int = 200
) -> HttpResponse:
    """A page about one thread, or one comment in it, of whatever subject."""
    context = {"thread": found.thread, "subject": found.subject, "address": found.address, "comment": found.comment}
    return render(request, f"community/discussions/{template}.html", context | shown, status=status)


@require_safe
def show_thread(request: HttpRequest, thread: int) -> HttpResponse:
    """The address of a thread that never changes leads to where it is now."""
    return redirect(find_thread(actor_of(request), thread).address)


@require_safe
def show_comment(request: HttpRequest, event: int) -> HttpResponse:
    """The address of a comment that never changes leads to its page of its thread."""
    found, comment = find_comment(actor_of(request), event)
    return redirect(found.address_of(comment))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, thread: int) -> HttpResponse:
    """Say something; ``?to=comment`` answers it, and with ``&quote=1`` the form begins with what it said."""
    actor = actor_of(request)
    found = find_thread(actor, thread)
    to = _answered(found.thread, request.GET.get("to", ""))
    form = CommentForm(request.POST if request.method == "POST" else None, initial={"text": _beginning(request, to)})
    if form.is_valid():
        try:
            event = services.add_comment(actor=actor, thread=found.thread, text=form.cleaned_data["text"], reply_to=to)
        except DomainError as error:
            form.add_error("text", error.message)
        else:
            return redirect(found.address_of(event))
    shown: dict[str, object] = {"form": form, "to": to}
    return frame(request, found, "reply", shown, status=422 if form.errors else 200)


def _answered(thread: Thread, to: str) -> Event | None:
    if not to:
        return None
    if not (to.isascii() and to.isdigit()):
        raise CommentNotFound
    return queries.get_comment(thread, int(to[:18]))


def _beginning(request: HttpRequest, to: Event | None) -> str:
    if to is None or not request.GET.get("quote") or not (versions := to.versions_of()):
        return ""
    return quoted(to.author.username if to.author is not None else "", versions[-1].text)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, event: int) -> HttpResponse:
    """A form with the comment as it is; a POST gives it a new version."""
    actor = actor_of(request)
    found, comment = find_comment(actor, event)
    if comment.author != request.user:
        raise NotYours
    form = CommentForm(request.POST if request.method == "POST" else None, initial={"text": _latest(comment)})
    if form.is_valid():
        try:
            services.edit_comment(actor=actor, comment=comment, text=form.cleaned_data["text"])
        except DomainError as error:
            form.add_error("text", error.message)
        else:
            return redirect(found.address_of(comment))
    return frame(request, found, "edit", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hide(request: HttpRequest, event: int) -> HttpResponse:
    """Ask its author, for it cannot be taken back, or a moderator for the reason; then hide the comment."""
    actor = actor_of(request)
    found, comment = find_comment(actor, event)
    form = HideForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.hide_comment(actor=actor, comment=comment, reason=form.cleaned_data["reason"])
        return redirect(found.address_of(comment))
    own = comment.author == request.user
    if not own and not queries.may_moderate(actor, found.thread):
        raise NotYours
    html = comment_html(_latest(comment), found.subject.base)
    return frame(request, found, "hide", {"html": html, "form": form, "own": own}, status=422 if form.errors else 200)


def _latest(comment: Event) -> str:
    versions = comment.versions_of()
    if not versions:
        raise CommentHidden
    return versions[-1].text


@require_safe
def history(request: HttpRequest, event: int) -> HttpResponse:
    """What a comment said at which time, and what each edit changed."""
    found, comment = find_comment(actor_of(request), event)
    revisions = revisions_of(comment)
    if not revisions:
        raise CommentHidden
    return frame(request, found, "history", {"revisions": revisions})


@login_required
@require_POST
def react(request: HttpRequest, event: int) -> HttpResponse:
    """Set the reaction ``add``, or take back ``remove``."""
    found, comment = find_comment(actor_of(request), event)
    kind = request.POST.get("add", "")
    removed = request.POST.get("remove", "")
    try:
        services.react(actor=actor_of(request), comment=comment, kind=kind or removed, wanted=bool(kind))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(found.address_of(comment))


@login_required
@require_POST
def rename(request: HttpRequest, thread: int) -> HttpResponse:
    found = find_thread(actor_of(request), thread)
    form = TitleForm(request.POST)
    try:
        services.rename(actor=actor_of(request), thread=found.thread, title=form.data.get("title", ""))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(found.address)


@login_required
@require_POST
def set_status(request: HttpRequest, thread: int) -> HttpResponse:
    """Open, close or publish, saying first what was written into the comment's field."""
    found = find_thread(actor_of(request), thread)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return frame(request, found, "reply", {"form": CommentForm(request.POST)}, status=422)
    try:
        event = services.set_status(actor=actor_of(request), thread=found.thread, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(found.address)
    return redirect(found.address_of(event))
