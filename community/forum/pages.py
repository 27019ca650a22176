"""The forum: its categories, the threads of one, a thread, and how to begin one."""

from django.contrib.auth.decorators import login_required
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.discussions import queries as discussions
from community.discussions.feeds import threads_feed
from community.discussions.forms import CommentForm, ThreadForm, TitleForm
from community.discussions.services import open_thread
from community.discussions.timeline import read_page
from community.forum import queries, services
from community.forum.forms import CategoryForm
from community.forum.models import Category
from community.forum.subject import KIND, address_of, subject_of
from community.members.actors import ANONYMOUS
from community.members.auth import actor_of
from hub.core.errors import DomainError
from hub.core.pagination import page, page_number

PAGE_SIZE = 30


@require_safe
def forum_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    shown = {"rooms": queries.rooms(actor), "may_edit": services.may_edit(actor)}
    return render(request, "community/forum/forum.html", shown)


@require_safe
def category_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The threads of a category: pinned ones first, then the liveliest."""
    actor = actor_of(request)
    category = queries.get_category(slug)
    threads = discussions.threads_about(actor, KIND, category.pk)
    rows, next_cursor = page(threads, ["-pinned", "-updated_at"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"category": category, "rows": rows, "next_cursor": next_cursor, "may_edit": services.may_edit(actor)}
    return render(request, "community/forum/category.html", shown)


@require_safe
def forum_feed(request: HttpRequest) -> HttpResponse:
    threads = discussions.recent_threads(ANONYMOUS).filter(board__kind=KIND)
    return threads_feed(request, title=_("Forum"), address=reverse("forum"), threads=threads)


@require_safe
def category_feed(request: HttpRequest, slug: str) -> HttpResponse:
    category = queries.get_category(slug)
    threads = discussions.threads_about(ANONYMOUS, KIND, category.pk)
    return threads_feed(request, title=category.title, address=address_of(slug), threads=threads)


@require_safe
def thread_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    actor = actor_of(request)
    category = queries.get_category(slug)
    thread = discussions.get_thread(actor, KIND, category.pk, number)
    subject = subject_of(category)
    talk = read_page(actor, thread, subject.base, page_number(request.GET.get("page", "1")))
    shown = {
        "category": category,
        "thread": thread,
        "address": subject.thread_address(number),
        "talk": talk,
        "rights": talk.rights,
        "comment_form": CommentForm(),
        "title_form": TitleForm(initial={"title": thread.title}),
    }
    return render(request, "community/forum/thread.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_thread(request: HttpRequest, slug: str) -> HttpResponse:
    category = queries.get_category(slug)
    form = ThreadForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            thread = open_thread(actor=actor_of(request), kind=KIND, key=category.pk, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(subject_of(category).thread_address(thread.number))
    shown = {"category": category, "form": form}
    return render(request, "community/forum/new_thread.html", shown, status=422 if form.errors else 200)


@login_required
def new_category(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@login_required
def edit_category(request: HttpRequest, slug: str) -> HttpResponse:
    return _edit(request, queries.get_category(slug))


@require_http_methods(["GET", "HEAD", "POST"])
def _edit(request: HttpRequest, category: Category | None) -> HttpResponse:
    actor = actor_of(request)
    services.check_maintainer(actor)
    form = CategoryForm(request.POST if request.method == "POST" else None, initial=_known(category))
    if form.is_valid():
        try:
            saved = services.save_category(actor=actor, category=category, **form.cleaned_data)
        except DomainError as error:
            form.add_error("slug", error.message)
        else:
            return redirect(address_of(saved.slug))
    shown = {"category": category, "form": form}
    return render(request, "community/forum/edit_category.html", shown, status=422 if form.errors else 200)


def _known(category: Category | None) -> dict[str, object]:
    return model_to_dict(category, fields=["name", "slug", "description", "position"]) if category is not None else {}
