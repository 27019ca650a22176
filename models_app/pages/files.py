"""Folders and files of a repo at a revision."""

from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app.gitstore.repository import Commit, Entry, GitRepository
from models_app.pages.addresses import file_path
from models_app.pages.file_views import view_of
from models_app.pages.gate import closed_page, gate_panel
from models_app.pages.place import Place, find_place
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import Repo, RepoKind
from models_app.scanning.models import Scan
from models_app.scanning.queries import scans_of

MAX_ROWS = 1000  # of one folder; the API lists the rest


@dataclass(frozen=True)
class Row:
    """One line of a folder's listing; `name` is its path without the folder's."""

    entry: Entry
    name: str
    commit: Commit | None
    scan: Scan | None


@require_safe
def tree_page(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, revision: str, path: str = "", kind: str = RepoKind.MODEL
) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision, path)
    rows, more = _rows(repo, git, place)
    shown = {
        "place": place,
        "rows": rows,
        "more": more,
        "gate": gate_panel(request, repo),
        "latest": git.history(place.sha, limit=1)[0],
        "commit_count": git.count_history(place.sha),
    }
    return render(request, "models_app/pages/tree.html", repo_context(request, repo, "files") | shown)


def _rows(repo: Repo, git: GitRepository, place: Place) -> tuple[list[Row], bool]:
    """The folder's lines, folders first, and whether there are more than can be shown."""
    found = list(islice(git.entries(place.sha, place.path), MAX_ROWS + 1))
    entries = sorted(found[:MAX_ROWS], key=lambda entry: (entry.kind != "directory", entry.path.lower()))
    commits = git.last_commits(place.sha, [entry.path for entry in entries])
    scans = scans_of(repo, entries)
    rows = [
        Row(entry, entry.path.rpartition("/")[2], commits.get(entry.path), scans.get(entry.path)) for entry in entries
    ]
    return rows, len(found) > MAX_ROWS


@require_safe
def blob_page(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, revision: str, path: str, kind: str = RepoKind.MODEL
) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision, path)
    if panel := gate_panel(request, repo):
        return closed_page(request, repo, panel, tab="files")
    entry = git.entry(place.sha, place.path)
    if entry.kind == "directory":
        return HttpResponseRedirect(file_path(repo, "tree", place.revision, place.path))
    shown = {
        "place": place,
        "entry": entry,
        "view": view_of(repo, git, entry, revision=place.revision, source="source" in request.GET),
        "commit": git.last_commits(place.sha, [entry.path])[entry.path],
        "scan": scans_of(repo, [entry]).get(entry.path),
    }
    return render(request, "models_app/pages/blob.html", repo_context(request, repo, "files") | shown)
