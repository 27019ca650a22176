"""What a pull request changes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app.gitstore.repository import GitRepository
from models_app.pages.discussions import open_thread_at
from models_app.pages.gate import closed_page, gate_panel
from models_app.pages.history import MAX_BYTES, MAX_FILES
from models_app.pages.repo_frame import repo_context
from models_app.repos.models import RepoKind


@require_safe
def files_page(
    request: HttpRequest, namespace: str, name: str, number: int, kind: str = RepoKind.MODEL
) -> HttpResponse:
    opened = open_thread_at(request, namespace, name, number, kind)
    if opened.proposal is None:
        raise Http404
    if panel := gate_panel(request, opened.repo):
        return closed_page(request, opened.repo, panel, tab="discussions")
    git = GitRepository.open(opened.repo.storage_id)
    base, head = opened.proposal.base, opened.proposal.head
    file_count, files = git.compare(base, head, max_files=MAX_FILES, max_bytes=MAX_BYTES)
    context = repo_context(request, opened.repo, "discussions") | {
        "opened": opened,
        "thread": opened.thread,
        "address": opened.address,
        "part": "files",
        "commit": git.history(head, limit=1)[0],
        "files": files,
        "file_count": file_count,
    }
    return render(request, "models_app/discussions/files.html", context)
