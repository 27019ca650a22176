"""What is said about a proposal: threads like any other."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from community.discussions import queries
from community.discussions.forms import CommentForm, ThreadForm, TitleForm
from community.discussions.services import open_thread
from community.discussions.timeline import read_page
from community.governance.deeds import proposal_at
from community.governance.pages import framed
from community.governance.subject import KIND, subject_of
from community.members.auth import actor_of
from hub.core.errors import DomainError
from hub.core.pagination import page, page_number

PAGE_SIZE = 25


@require_safe
def threads_page(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    threads = queries.threads_about(actor, KIND, number)
    rows, next_cursor = page(threads, ["-pinned", "-updated_at"], request.GET.get("cursor"), PAGE_SIZE)
    return framed(request, proposal, "talk", "threads", {"rows": rows, "next_cursor": next_cursor})


@require_safe
def thread_page(request: HttpRequest, number: int, thread: int) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    found = queries.get_thread(actor, KIND, number, thread)
    subject = subject_of(proposal)
    talk = read_page(actor, found, subject.base, page_number(request.GET.get("page", "1")))
    shown = {
        "thread": found,
        "address": subject.thread_address(thread),
        "talk": talk,
        "rights": talk.rights,
        "comment_form": CommentForm(),
        "title_form": TitleForm(initial={"title": found.title}),
    }
    return framed(request, proposal, "talk", "thread", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_thread(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    form = ThreadForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            thread = open_thread(actor=actor, kind=KIND, key=number, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(subject_of(proposal).thread_address(thread.number))
    response = framed(request, proposal, "talk", "new_thread", {"form": form})
    response.status_code = 422 if form.errors else 200
    return response
