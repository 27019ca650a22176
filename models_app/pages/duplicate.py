"""Copy a repo to a name of one's own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from community.members.auth import actor_of
from community.members.queries import writable_namespaces
from hub.core.errors import DomainError
from models_app.pages.addresses import repo_path
from models_app.pages.forms import DuplicateForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.models import RepoKind
from models_app.repos.queries import check_content
from models_app.uploads.history import duplicate_repo


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """A form for the copy's place; when sent, the copy."""
    actor = actor_of(request)
    repo = open_repo(request, namespace, name, kind)
    check_content(actor, repo)
    sent = request.POST if request.method == "POST" else None
    initial = {"name": repo.name, "visibility": "private" if repo.private else "public"}
    form = DuplicateForm(sent, namespaces=writable_namespaces(actor), initial=initial)
    if form.is_valid():
        data = form.cleaned_data
        private = data["visibility"] == "private"
        try:
            copy = duplicate_repo(actor=actor, source=repo, namespace=data["owner"], name=data["name"], private=private)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            return redirect(repo_path(copy))
    context = repo_context(request, repo, "card") | {"form": form}
    return render(request, "models_app/pages/duplicate.html", context, status=422 if form.errors else 200)
