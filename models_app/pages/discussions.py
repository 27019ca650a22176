"""What people say about a repo: the list, a thread, and how to begin one."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.discussions import queries, services
from community.discussions.forms import CommentForm, ThreadForm, TitleForm
from community.discussions.models import Thread
from community.discussions.timeline import read_page
from community.members.auth import actor_of
from hub.core.errors import DomainError
from hub.core.pagination import page, page_number
from models_app.gitstore.repository import GitRepository
from models_app.pages.addresses import repo_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import download_commands, push_commands
from models_app.pulls.models import PullRequest
from models_app.pulls.queries import Proposal, find_pull, proposal_of
from models_app.pulls.services import merge as merge_pull
from models_app.repos.models import Repo, RepoKind
from models_app.repos.subject import KIND, subject_of

PAGE_SIZE = 25
_TYPES = {"discussions": Q(pull_request=None), "pulls": Q(pull_request__isnull=False)}


@dataclass(frozen=True)
class OpenedThread:
    """One thread with what its pages need; `pull` and `proposal` only of pull requests."""

    repo: Repo
    thread: Thread
    pull: PullRequest | None
    proposal: Proposal | None

    @property
    def address(self) -> str:
        return repo_path(self.repo, "discussions", str(self.thread.number))


def open_thread_at(request: HttpRequest, namespace: str, name: str, number: int, kind: str) -> OpenedThread:
    """Raises `RepoNotFound`, `ThreadNotFound`."""
    actor = actor_of(request)
    repo = open_repo(request, namespace, name, kind)
    thread = queries.get_thread(actor, KIND, repo.pk, number)
    pull = find_pull(actor, repo, number)
    proposal = proposal_of(pull, GitRepository.open(repo.storage_id)) if pull is not None else None
    return OpenedThread(repo, thread, pull, proposal)


@require_safe
def list_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    actor = actor_of(request)
    repo = open_repo(request, namespace, name, kind)
    threads = queries.threads_about(actor, KIND, repo.pk)
    chosen = request.GET.get("type", "")
    if chosen in _TYPES:
        threads = threads.filter(_TYPES[chosen])
    is_open = Q(status__in=queries.OPEN)
    closed = request.GET.get("status") == "closed"
    counts = threads.order_by().aggregate(open=Count("pk", filter=is_open), closed=Count("pk", filter=~is_open))
    shown = threads.filter(~is_open if closed else is_open).select_related("pull_request")
    rows, next_cursor = page(shown, ["-pinned", "-number"], request.GET.get("cursor"), PAGE_SIZE)
    context = {"rows": rows, "next_cursor": next_cursor, "counts": counts, "closed": closed, "chosen": chosen}
    return render(request, "models_app/discussions/list.html", repo_context(request, repo, "discussions") | context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    form = ThreadForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            thread = services.open_thread(actor=actor_of(request), kind=KIND, key=repo.pk, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(repo_path(repo, "discussions", str(thread.number)))
    context = repo_context(request, repo, "discussions") | {"form": form}
    return render(request, "models_app/discussions/new.html", context, status=422 if form.errors else 200)


@require_safe
def thread_page(
    request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL
) -> HttpResponse:
    actor = actor_of(request)
    opened = open_thread_at(request, namespace, name, number, kind)
    base = subject_of(opened.repo).base
    talk = read_page(actor, opened.thread, base, page_number(request.GET.get("page", "1")))
    context = repo_context(request, opened.repo, "discussions") | {
        "opened": opened,
        "thread": opened.thread,
        "address": opened.address,
        "talk": talk,
        "rights": talk.rights,
        "comment_form": CommentForm(),
        "title_form": TitleForm(initial={"title": opened.thread.title}),
        "part": "talk",
    }
    if opened.pull is not None:
        context["pull_command"] = download_commands(opened.repo, opened.pull.reference)
        context["push_command"] = push_commands(opened.repo, opened.pull.reference)
    return render(request, "models_app/discussions/thread.html", context)


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
