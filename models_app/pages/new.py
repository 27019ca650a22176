"""Make a repository in the browser."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from community.members.actors import Actor
from community.members.auth import actor_of
from community.members.queries import writable_namespaces
from hub.core.errors import DomainError
from models_app.gitstore.repository import DEFAULT_BRANCH, AddFile
from models_app.licences.queries import offered_licences
from models_app.pages.addresses import repo_path
from models_app.pages.forms import NewRepoForm
from models_app.pages.kinds import words_of
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.services import commit_changes


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """A form; when sent, the new repo with a card that states its licence."""
    actor = actor_of(request)
    sent = request.POST if request.method == "POST" else None
    form = NewRepoForm(sent, namespaces=writable_namespaces(actor), initial=_initial(request))
    if form.is_valid():
        try:
            repo = _create(actor, form)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            return redirect(repo_path(repo))
    context = {"form": form, "licences": offered_licences(), "words": words_of(form["kind"].value())}
    return render(request, "models_app/pages/new.html", context, status=422 if form.errors else 200)


def _initial(request: HttpRequest) -> dict[str, str]:
    """What the address says of the owner and the kind."""
    return {name: request.GET[name] for name in ("owner", "kind") if name in request.GET}


def _create(actor: Actor, form: NewRepoForm) -> Repo:
    data = form.cleaned_data
    repo = create_repo(
        actor=actor,
        kind=data["kind"],
        namespace=data["owner"],
        name=data["name"],
        private=data["visibility"] == "private",
    )
    card = f"---\nlicense: {data['licence']}\n---\n"
    commit_changes(
        actor=actor,
        repo=repo,
        revision=DEFAULT_BRANCH,
        parent=None,
        summary="State the licence",
        description="",
        changes=[AddFile("README.md", card.encode())],
    )
    return repo
