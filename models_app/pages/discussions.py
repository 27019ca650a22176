"""What people say about a repo: the list, a thread, and how to begin one."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from community.discussions import queries, services
from community.discussions.forms import CommentForm, ThreadForm, TitleForm
from community.discussions.models import Event, Thread
from community.members.auth import actor_of
from hub.core.errors import DomainError
from hub.core.pagination import page
from models_app.gitstore.repository import GitRepository
from models_app.pages.addresses import repo_path
from models_app.pages.history import page_number
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import download_commands, push_commands
from models_app.pages.timeline import timeline
from models_app.pulls.models import PullRequest
from models_app.pulls.queries import Proposal, find_pull, proposal_of
from models_app.repos.models import Repo, RepoKind
from models_app.repos.subject import KIND

PAGE_SIZE = 25
MAX_EVENTS = 50  # on one page of a thread
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
    rows, next_cursor = page(shown, ["-number"], request.GET.get("cursor"), PAGE_SIZE)
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
    return show_thread(request, open_thread_at(request, namespace, name, number, kind))


def event_address(opened: OpenedThread, event: Event) -> str:
    """Where `event` is shown: on one of the pages of its thread."""
    before = opened.thread.events.filter(pk__lt=event.pk).count()
    page_of_it = f"?page={before // MAX_EVENTS + 1}" if before >= MAX_EVENTS else ""
    return f"{opened.address}{page_of_it}#event-{event.pk}"


def show_thread(
    request: HttpRequest, opened: OpenedThread, *, comment: CommentForm | None = None, title: TitleForm | None = None
) -> HttpResponse:
    """The page of a thread, with forms that were not filled in well."""
    actor = actor_of(request)
    number = page_number(request.GET.get("page", "1"))
    history = queries.history_of(opened.thread, (number - 1) * MAX_EVENTS, MAX_EVENTS + 1)
    more, history = len(history) > MAX_EVENTS, history[:MAX_EVENTS]
    rights = queries.rights_in(actor, opened.thread, history)
    context = repo_context(request, opened.repo, "discussions") | {
        "opened": opened,
        "thread": opened.thread,
        "address": opened.address,
        "rights": rights,
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if more else None,
        "events": timeline(opened.repo, history, rights),
        "comment_form": comment or CommentForm(),
        "title_form": title or TitleForm(initial={"title": opened.thread.title}),
        "title_open": title is not None,
        "people": list(dict.fromkeys(event.author for event in history if event.author is not None)),
        "part": "talk",
    }
    if opened.pull is not None:
        context["pull_command"] = download_commands(opened.repo, opened.pull.reference)
        context["push_command"] = push_commands(opened.repo, opened.pull.reference)
    failed = any(form is not None and form.errors for form in (comment, title))
    return render(request, "models_app/discussions/thread.html", context, status=422 if failed else 200)
