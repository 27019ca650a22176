"""Add files to a repo in the browser, or propose them: the same plan, checks and commit as for every client."""

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
from models_app.pages.addresses import file_path, repo_path
from models_app.pages.forms import UploadForm
from models_app.pages.place import Place, find_place
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import upload_commands
from models_app.pulls.queries import destination_for
from models_app.pulls.rules import number_of
from models_app.pulls.services import check_base, propose, push
from models_app.repos.models import RepoKind
from models_app.repos.queries import may_write
from models_app.uploads.grants import Destination
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
    git = GitRepository.open(repo.storage_id)
    place = find_place(git, revision, path)
    proposing = number_of(place.revision) is None and not may_write(actor, repo)
    destination = destination_for(actor, repo, None if proposing else place.revision)
    if proposing:
        check_base(git, place.revision)
    posted = request.method == "POST"
    form = UploadForm(
        request.POST if posted else None, request.FILES if posted else None, initial={"folder": place.path}
    )
    if form.is_valid():
        try:
            address = _commit(actor, destination, git, place, form, proposing=proposing)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(address)
    commands = upload_commands(repo.full_id, repo.kind, proposing=proposing)
    shown = {"place": place, "form": form, "proposing": proposing, "upload_commands": commands}
    context = repo_context(request, repo, "files") | shown
    return render(request, "models_app/pages/upload.html", context, status=422 if form.errors else 200)


def _folder(form: UploadForm) -> str:
    folder: str = form.cleaned_data["folder"]
    return folder.strip("/ ")


def _commit(  # noqa: PLR0913 (what a commit takes)
    actor: Actor, destination: Destination, git: GitRepository, place: Place, form: UploadForm, *, proposing: bool
) -> str:
    """Commit, push or propose the files of `form`; gives the address that shows them."""
    repo = destination.repo
    files: list[UploadedFile[Any]] = form.cleaned_data["file"]
    by_path = {str(PurePosixPath(_folder(form)) / (file.name or "file")): file for file in files}
    candidates = [Candidate(path, file.size or 0, _sample(file)) for path, file in by_path.items()]
    changes = [
        _change(destination, git, plan, by_path[plan.path])
        for plan in plan_uploads(git, place.sha, candidates, ignore="")
    ]
    count = len(changes)
    summary = ngettext("Upload %(count)d file", "Upload %(count)d files", count) % {"count": count}
    parts: dict[str, Any] = {
        "actor": actor,
        "repo": repo,
        "parent": None,
        "summary": form.cleaned_data["summary"] or summary,
        "description": "",
        "changes": changes,
    }
    if proposing:
        pull, _sha = propose(**parts)
        return repo_path(repo, "discussions", str(pull.thread.number))
    if (number := number_of(place.revision)) is not None:
        push(number=number, **parts)
    else:
        commit_changes(revision=place.revision, **parts)
    return file_path(repo, "tree", place.revision, _folder(form))


def _sample(file: "UploadedFile[Any]") -> bytes:
    file.seek(0)
    return bytes(file.read(_SAMPLE))


def _change(
    destination: Destination, git: GitRepository, plan: UploadPlan, file: "UploadedFile[Any]"
) -> AddBlob | AddPointer:
    """The file's bytes, stored where they belong, as a change of the commit to come."""
    file.seek(0)
    if not plan.large:
        return AddBlob(plan.path, git.write_blob(file.read()))
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    blob = store_lfs(sha256=digest.hexdigest(), size=file.size or 0, chunks=file.chunks())
    destination.receive(blob)
    return AddPointer(plan.path, Pointer(blob.sha256, blob.size))
