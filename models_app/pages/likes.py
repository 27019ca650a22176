"""The like button and the list behind its number."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from hub.core.pagination import page
from models_app.likes.queries import likers_of
from models_app.likes.services import like, unlike
from models_app.pages.addresses import repo_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import RepoKind

PAGE_SIZE = 50


@login_required
@require_POST
def change(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Like the repo, or with ``like=0`` take it back; then back to its card."""
    repo = open_repo(request, namespace, name, kind)
    act = unlike if request.POST.get("like") == "0" else like
    act(actor=actor_of(request), repo=repo)
    return redirect(repo_path(repo))


@require_safe
def likers_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    likes, next_cursor = page(likers_of(repo), ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"people": [row.user for row in likes], "next_cursor": next_cursor}
    return render(request, "models_app/pages/likers.html", repo_context(request, repo, "likes") | shown)
