"""Who sees a repo and who gets its files, its name, and its end."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from community.members.queries import writable_namespaces
from hub.core.errors import DomainError
from models_app.pages.addresses import repo_path
from models_app.pages.forms import DeleteForm, GateForm, PlaceForm, VisibilityForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.access import set_gate
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write
from models_app.repos.services import delete_repo, move_repo, set_visibility


@login_required
@require_safe
def settings_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    return _show(request, _writable(request, namespace, name, kind))


@login_required
@require_POST
def change_visibility(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = _writable(request, namespace, name, kind)
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        return _show(request, repo, visibility_form=form)
    set_visibility(actor=actor_of(request), repo=repo, private=form.cleaned_data["visibility"] == "private")
    messages.success(request, _("Only members see it now.") if repo.private else _("Everybody may see it now."))
    return redirect(repo_path(repo, "settings"))


@login_required
@require_POST
def change_gate(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    repo = _writable(request, namespace, name, kind)
    form = GateForm(request.POST)
    if not form.is_valid():
        return _show(request, repo, gate_form=form)
    set_gate(actor=actor_of(request), repo=repo, gate=form.cleaned_data["gate"])
    messages.success(
        request, _("Its files have a gate now.") if repo.gated else _("Everybody who sees it gets its files now.")
    )
    return redirect(repo_path(repo, "settings"))


@login_required
@require_POST
def move(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Rename or hand over; the old address keeps leading here."""
    repo = _writable(request, namespace, name, kind)
    actor = actor_of(request)
    form = PlaceForm(request.POST, namespaces=writable_namespaces(actor))
    if form.is_valid():
        place = {"namespace": form.cleaned_data["owner"], "name": form.cleaned_data["name"]}
        try:
            moved = move_repo(actor=actor, repo=repo, **place)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, _("It is called %(name)s now.") % {"name": moved.full_id})
            return redirect(repo_path(moved, "settings"))
    return _show(request, repo, move_form=form)


@login_required
@require_POST
def delete(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Delete the repo whose full name was typed; anything else changes nothing."""
    repo = _writable(request, namespace, name, kind)
    full_id = repo.full_id
    form = DeleteForm(request.POST, full_id=full_id)
    if not form.is_valid():
        return _show(request, repo, delete_form=form)
    delete_repo(actor=actor_of(request), repo=repo)
    messages.success(request, _("%(name)s was deleted.") % {"name": full_id})
    return redirect("profile", namespace=repo.namespace.name)


def _writable(request: HttpRequest, namespace: str, name: str, kind: str) -> Repo:
    """The repo at this address, once the visitor may change it."""
    repo = open_repo(request, namespace, name, kind)
    check_write(actor_of(request), repo)
    return repo


def _show(request: HttpRequest, repo: Repo, **refused: Form) -> HttpResponse:
    """The page; `refused` are the forms that were sent and cannot be carried out."""
    place = {"owner": repo.namespace.name, "name": repo.name}
    forms: dict[str, Any] = {
        "visibility_form": VisibilityForm(initial={"visibility": "private" if repo.private else "public"}),
        "gate_form": GateForm(initial={"gate": repo.gated}),
        "move_form": PlaceForm(initial=place, namespaces=writable_namespaces(actor_of(request))),
        "delete_form": DeleteForm(full_id=repo.full_id),
    }
    context = repo_context(request, repo, "settings") | {"section": "general"} | forms | refused
    return render(request, "models_app/pages/settings.html", context, status=422 if refused else 200)
