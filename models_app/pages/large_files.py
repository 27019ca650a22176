"""What takes room in a repo, in the present and in the past, and how to get rid of it."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from hub.core.pagination import page
from models_app.gitstore.repository import LargeFile
from models_app.pages.addresses import repo_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import RepoKind
from models_app.uploads.history import delete_large_files, large_files_of
from models_app.uploads.models import UploadGrant

PAGE_SIZE = 50
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Row:
    """`place` is None for a file that no commit names."""

    grant: UploadGrant
    place: LargeFile | None


@login_required
@require_safe
def large_files_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """The largest first."""
    repo = open_repo(request, namespace, name, kind)
    grants, places = large_files_of(actor_of(request), repo)
    found, cursor = page(grants, ["-blob__size"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "section": "large-files",
        "rows": [Row(grant, places.get(grant.blob_id)) for grant in found],
        "next_cursor": cursor,
        "total": grants.aggregate(total=Sum("blob__size"))["total"] or 0,
        "count": grants.count(),
    }
    return render(request, "models_app/pages/large_files.html", repo_context(request, repo, "settings") | shown)


@login_required
@require_POST
def delete(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Take the ticked files out of every commit."""
    repo = open_repo(request, namespace, name, kind)
    chosen = [value for value in request.POST.getlist("sha256") if _SHA256.fullmatch(value)]
    delete_large_files(actor=actor_of(request), repo=repo, sha256s=chosen, rewrite=True)
    count = len(chosen)
    said = ngettext("%(count)d file is gone from every commit.", "%(count)d files are gone from every commit.", count)
    messages.success(request, said % {"count": count})
    return redirect(repo_path(repo, "settings", "large-files"))
