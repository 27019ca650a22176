"""Branches and tags of a repo, for those who may write to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.pages.addresses import repo_path
from models_app.pages.forms import ReferenceForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos import services
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write
from models_app.uploads.history import super_squash


@login_required
@require_safe
def references_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    check_write(actor_of(request), repo)
    return _show(request, repo, ReferenceForm())


@login_required
@require_POST
def create(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """A new branch or tag."""
    repo = open_repo(request, namespace, name, kind)
    actor = actor_of(request)
    check_write(actor, repo)
    form = ReferenceForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            if data["sort"] == "branch":
                services.create_branch(actor=actor, repo=repo, name=data["name"], start=data["start"])
            else:
                services.create_tag(actor=actor, repo=repo, name=data["name"], target=data["start"], message="")
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(name)s is there now.") % {"name": data["name"]})
            return redirect(repo_path(repo, "settings", "references"))
    return _show(request, repo, form)


@login_required
@require_POST
def change(  # noqa: PLR0913, PLR0917 (the parts of the address)
    request: HttpRequest, namespace: str, name: str, sort: str, action: str, kind: str = RepoKind.MODEL
) -> HttpResponse:
    """Delete the branch or tag that the form names, or squash the branch."""
    repo = open_repo(request, namespace, name, kind)
    actor, reference = actor_of(request), request.POST.get("name", "")
    match sort, action:
        case "branch", "delete":
            services.delete_branch(actor=actor, repo=repo, name=reference)
            messages.success(request, _("The branch %(name)s was deleted.") % {"name": reference})
        case "tag", "delete":
            services.delete_tag(actor=actor, repo=repo, name=reference)
            messages.success(request, _("The tag %(name)s was deleted.") % {"name": reference})
        case "branch", "squash":
            message = f"Super-squash branch '{reference}'"
            super_squash(actor=actor, repo=repo, branch=f"refs/heads/{reference}", message=message)
            messages.success(request, _("%(name)s is a single commit now.") % {"name": reference})
        case _:
            raise Http404
    return redirect(repo_path(repo, "settings", "references"))


def _show(request: HttpRequest, repo: Repo, form: ReferenceForm) -> HttpResponse:
    git = GitRepository.open(repo.storage_id)
    shown = {
        "section": "references",
        "branches": git.branches(),
        "tags": git.tags(),
        "default_branch": DEFAULT_BRANCH,
        "form": form,
    }
    context = repo_context(request, repo, "settings") | shown
    return render(request, "models_app/pages/references.html", context, status=422 if form.errors else 200)
