"""The requests for a gated repo's files, and what its owners decide."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from community.members.queries import get_member
from hub.core.errors import DomainError
from hub.core.pagination import page
from models_app.pages.addresses import repo_path
from models_app.pages.gate_forms import DecisionForm, GrantForm
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.repos.access import access_requests, decide, grant_access
from models_app.repos.models import AccessStatus, Repo, RepoKind

PAGE_SIZE = 50


@login_required
@require_safe
def requests_page(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Those of one status, pending first of all."""
    return _show(request, open_repo(request, namespace, name, kind), GrantForm())


@login_required
@require_POST
def decide_request(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Accept, reject, or put a request back among those that wait."""
    repo = open_repo(request, namespace, name, kind)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("This is no decision about a request."))
    data = form.cleaned_data
    decided = decide(
        actor=actor_of(request),
        repo=repo,
        which={"pk": data["request"]},
        status=data["status"],
        reason=data["reason"],
    )
    said = {"name": decided.user.username, "status": decided.get_status_display()}
    messages.success(request, _("The request of %(name)s: %(status)s.") % said)
    return redirect(repo_path(repo, "settings", "access"))


@login_required
@require_POST
def grant(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> HttpResponse:
    """Let a member in who has not asked."""
    repo = open_repo(request, namespace, name, kind)
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            granted = grant_access(actor=actor_of(request), repo=repo, user=get_member(form.cleaned_data["user"]))
        except DomainError as error:
            form.add_error("user", error.message)
        else:
            messages.success(request, _("%(name)s has access now.") % {"name": granted.user.username})
            return redirect(f"{repo_path(repo, 'settings', 'access')}?status={AccessStatus.ACCEPTED}")
    return _show(request, repo, form)


def _show(request: HttpRequest, repo: Repo, form: GrantForm) -> HttpResponse:
    requests = access_requests(actor_of(request), repo)
    chosen = request.GET.get("status", AccessStatus.PENDING)
    status = chosen if chosen in AccessStatus.values else AccessStatus.PENDING
    rows, cursor = page(requests.filter(status=status), ["-created_at"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "section": "access",
        "rows": rows,
        "next_cursor": cursor,
        "status": status,
        "statuses": AccessStatus,
        "form": form,
    }
    context = repo_context(request, repo, "settings") | shown
    return render(request, "models_app/pages/access.html", context, status=422 if form.errors else 200)
