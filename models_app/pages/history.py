"""Commits of a repo, and what each of them changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.core.pagination import page_number
from models_app.gitstore.repository import GitRepository
from models_app.pages.gate import closed_page, gate_panel
from models_app.pages.place import find_place
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import RepoKind

PAGE_SIZE = 50
MAX_FILES = 100
MAX_BYTES = 128 * 1024  # a side of a comparison


@require_safe
def commits_page(
    request: HttpRequest, namespace: str, name: str, revision: str, kind: str = RepoKind.MODEL
) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision, request.GET.get("path", ""))
    page = page_number(request.GET.get("page", "1"))
    found = git.history(place.sha, skip=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1, path=place.path)
    shown = {
        "place": place,
        "commits": found[:PAGE_SIZE],
        "commit_count": None if place.path else git.count_history(place.sha),
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if len(found) > PAGE_SIZE else None,
    }
    return render(request, "models_app/pages/commits.html", repo_context(request, repo, "history") | shown)


@require_safe
def commit_page(
    request: HttpRequest, namespace: str, name: str, revision: str, kind: str = RepoKind.MODEL
) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision)
    if panel := gate_panel(request, repo):
        return closed_page(request, repo, panel, tab="history")
    file_count, files = git.diff(place.sha, max_files=MAX_FILES, max_bytes=MAX_BYTES)
    shown = {
        "place": place,
        "commit": git.history(place.sha, limit=1)[0],
        "files": files,
        "file_count": file_count,
    }
    return render(request, "models_app/pages/commit.html", repo_context(request, repo, "history") | shown)
