"""Who sees a repo, and its end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from models_app.pages.addresses import repo_path
from models_app.pages.forms import DeleteForm, VisibilityForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write
from models_app.repos.services import delete_repo, set_visibility


@login_required
@require_safe
def settings_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    check_write(actor_of(request), repo)
    return _show(request, repo)


@login_required
@require_POST
def change_visibility(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = open_repo(request, namespace, name, kind)
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        return _show(request, repo, visibility=form)
    set_visibility(actor=actor_of(request), repo=repo, private=form.cleaned_data["visibility"] == "private")
    messages.success(request, _("Only members see it now.") if repo.private else _("Everybody may see it now."))
    return redirect(repo_path(repo, "settings"))


@login_required
@require_POST
def delete(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Delete the repo whose full name was typed; anything else changes nothing."""
    repo = open_repo(request, namespace, name, kind)
    check_write(actor_of(request), repo)
    full_id = repo.full_id
    form = DeleteForm(request.POST, full_id=full_id)
    if not form.is_valid():
        return _show(request, repo, deletion=form)
    delete_repo(actor=actor_of(request), repo=repo)
    messages.success(request, _("%(name)s was deleted.") % {"name": full_id})
    return redirect("profile", namespace=repo.namespace.name)


def _show(
    request: HttpRequest, repo: Repo, *, visibility: VisibilityForm | None = None, deletion: DeleteForm | None = None
) -> HttpResponse:
    current = {"visibility": "private" if repo.private else "public"}
    forms = {
        "visibility_form": visibility or VisibilityForm(initial=current),
        "delete_form": deletion or DeleteForm(full_id=repo.full_id),
    }
    status = 422 if visibility or deletion else 200
    context = repo_context(request, repo, "settings") | forms
    return render(request, "models_app/pages/settings.html", context, status=status)
