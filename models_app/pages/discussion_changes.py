"""Take part: comment, edit, hide, rename, open and close, merge. Whatever is refused is said on the page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.discussions import queries, services
from community.discussions.errors import CommentHidden, NotYours
from community.discussions.forms import CommentForm, StatusForm, TitleForm
from community.discussions.models import Event
from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.pages.discussions import OpenedThread, event_address, open_thread_at, show_thread
from models_app.pages.repo_frame import repo_context
from models_app.pages.timeline import comment_html
from models_app.pulls.services import merge as merge_pull
from models_app.repos.models import RepoKind


@login_required
@require_POST
def comment(request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL) -> HttpResponse:
    opened = open_thread_at(request, namespace, name, number, kind)
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            event = services.add_comment(actor=actor_of(request), thread=opened.thread, text=form.cleaned_data["text"])
        except DomainError as error:
            form.add_error("text", error.message)
        else:
            return _back(opened, event)
    return show_thread(request, opened, comment=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, number: int, event: int, kind: str = RepoKind.MODEL
) -> HttpResponse:
    """A form with the comment as it is; a POST gives it a new version."""
    opened = open_thread_at(request, namespace, name, number, kind)
    found = queries.get_comment(opened.thread, event)
    if found.author != request.user:
        raise NotYours
    latest = found.versions.last()
    if latest is None:
        raise CommentHidden
    form = CommentForm(request.POST if request.method == "POST" else None, initial={"text": latest.text})
    if form.is_valid():
        try:
            services.edit_comment(actor=actor_of(request), comment=found, text=form.cleaned_data["text"])
        except DomainError as error:
            form.add_error("text", error.message)
        else:
            return _back(opened, found)
    return _comment_page(request, opened, found, {"form": form}, failed=bool(form.errors))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hide(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, number: int, event: int, kind: str = RepoKind.MODEL
) -> HttpResponse:
    """Ask, for it cannot be taken back; then hide the comment."""
    opened = open_thread_at(request, namespace, name, number, kind)
    found = queries.get_comment(opened.thread, event)
    if request.method == "POST":
        services.hide_comment(actor=actor_of(request), comment=found)
        return _back(opened, found)
    latest = found.versions.last()
    if latest is None:
        raise CommentHidden
    return _comment_page(request, opened, found, {"html": comment_html(opened.repo, latest.text)}, failed=False)


@login_required
@require_POST
def rename(request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL) -> HttpResponse:
    opened = open_thread_at(request, namespace, name, number, kind)
    form = TitleForm(request.POST)
    if form.is_valid():
        try:
            services.rename(actor=actor_of(request), thread=opened.thread, title=form.cleaned_data["title"])
        except DomainError as error:
            form.add_error("title", error.message)
        else:
            return redirect(opened.address)
    return show_thread(request, opened, title=form)


@login_required
@require_POST
def set_status(
    request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL
) -> HttpResponse:
    """Open, close or publish, saying first what was written into the comment's field."""
    opened = open_thread_at(request, namespace, name, number, kind)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return show_thread(request, opened, comment=CommentForm(request.POST))
    try:
        services.set_status(actor=actor_of(request), thread=opened.thread, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(opened.address)


@login_required
@require_POST
def merge(request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL) -> HttpResponse:
    opened = open_thread_at(request, namespace, name, number, kind)
    try:
        merge_pull(actor=actor_of(request), repo=opened.repo, number=number)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Merged into main."))
    return redirect(opened.address)


def _back(opened: OpenedThread, event: Event) -> HttpResponse:
    return redirect(event_address(opened, event))


def _comment_page(
    request: HttpRequest, opened: OpenedThread, comment: Event, shown: dict[str, object], *, failed: bool
) -> HttpResponse:
    context = repo_context(request, opened.repo, "discussions") | {"opened": opened, "thread": opened.thread}
    context |= {"address": opened.address, "comment": comment} | shown
    return render(request, "models_app/discussions/comment.html", context, status=422 if failed else 200)
