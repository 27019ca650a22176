"""Add files to a repo in the browser: the same plan, checks and commit as for every client."""

import hashlib
from pathlib import PurePosixPath
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from community.members.actors import Actor
from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.blobs.services import store_lfs
from models_app.gitstore.repository import AddBlob, AddPointer, GitRepository, Pointer
from models_app.pages.addresses import file_path
from models_app.pages.forms import UploadForm
from models_app.pages.place import Place, find_place
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import upload_commands
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write
from models_app.uploads.grants import grant
from models_app.uploads.queries import Candidate, UploadPlan, plan_uploads
from models_app.uploads.services import commit_changes

_SAMPLE = 512  # first bytes that tell text from binary, as many as clients send


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, revision: str, path: str = "", kind: str = RepoKind.MODEL
) -> HttpResponse:
    actor = actor_of(request)
    repo = open_repo(request, namespace, name, kind)
    check_write(actor, repo)
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision, path)
    posted = request.method == "POST"
    form = UploadForm(
        request.POST if posted else None, request.FILES if posted else None, initial={"folder": place.path}
    )
    if form.is_valid():
        try:
            _commit(actor, repo, git, place, form)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(file_path(repo, "tree", place.revision, _folder(form)))
    shown = {"place": place, "form": form, "upload_commands": upload_commands(repo.full_id, repo.kind)}
    context = repo_context(request, repo, "files") | shown
    return render(request, "models_app/pages/upload.html", context, status=422 if form.errors else 200)


def _folder(form: UploadForm) -> str:
    folder: str = form.cleaned_data["folder"]
    return folder.strip("/ ")


def _commit(actor: Actor, repo: Repo, git: GitRepository, place: Place, form: UploadForm) -> str:
    files: list[UploadedFile[Any]] = form.cleaned_data["file"]
    by_path = {str(PurePosixPath(_folder(form)) / (file.name or "file")): file for file in files}
    candidates = [Candidate(path, file.size or 0, _sample(file)) for path, file in by_path.items()]
    changes = [
        _change(repo, git, plan, by_path[plan.path]) for plan in plan_uploads(git, place.sha, candidates, ignore="")
    ]
    count = len(changes)
    return commit_changes(
        actor=actor,
        repo=repo,
        revision=place.revision,
        parent=None,
        summary=form.cleaned_data["summary"]
        or ngettext("Upload %(count)d file", "Upload %(count)d files", count) % {"count": count},
        description="",
        changes=changes,
    )


def _sample(file: "UploadedFile[Any]") -> bytes:
    file.seek(0)
    return bytes(file.read(_SAMPLE))


def _change(repo: Repo, git: GitRepository, plan: UploadPlan, file: "UploadedFile[Any]") -> AddBlob | AddPointer:
    """The file's bytes, stored where they belong, as a change of the commit to come."""
    file.seek(0)
    if not plan.large:
        return AddBlob(plan.path, git.write_blob(file.read()))
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    blob = store_lfs(sha256=digest.hexdigest(), size=file.size or 0, chunks=file.chunks())
    grant(repo, blob)
    return AddPointer(plan.path, Pointer(blob.sha256, blob.size))
