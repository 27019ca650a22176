"""What the hub measures by: suites, their versions and what they differ in; proposing, previewing, activating one."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import proposals, versions
from models_app.evaluation.suites.queries import activations, get_suite_version, known_versions
from models_app.evaluation.suites.sheets import course, sheet
from models_app.pages.suite_forms import ActivateForm, DeriveForm, FolderForm, PreviewForm
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_LOG_SHOWN = 100
_form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    shown = {
        "versions": known_versions(),
        "activations": activations()[:_LOG_SHOWN],
        "may_propose": proposals.may_propose(actor_of(request)),
    }
    return render(request, "models_app/suites/list.html", shown)


@require_safe
def version_page(request: HttpRequest, suite: str, version: int) -> HttpResponse:
    actor, row = actor_of(request), get_suite_version(suite, version)
    shown = {
        "sheet": sheet(actor, row, request.GET.get("against", "")),
        "may_propose": proposals.may_propose(actor),
        "may_activate": versions.may_activate(actor),
    }
    return render(request, "models_app/suites/version.html", shown)


@require_safe
def live(request: HttpRequest, suite: str, version: int) -> HttpResponse:
    """How far it is measured; htmx asks for it while that changes by itself."""
    row = get_suite_version(suite, version)
    return render(request, "models_app/suites/_course.html", {"course": course(actor_of(request), row)})


@login_required
@_form_page
def propose(request: HttpRequest) -> HttpResponse:
    """The version in a folder of a dataset."""
    actor, form = actor_of(request), FolderForm(_sent(request))
    proposals.check_propose(actor)

    def act() -> HttpResponse:
        repo = get_repo(actor, RepoKind.DATASET, form.cleaned_data["repo"])
        folder, note = form.cleaned_data["folder"], form.cleaned_data["note"]
        made = proposals.propose_folder(actor=actor, repo=repo, folder=folder, note=note)
        return _done(request, made, _("%s is proposed.") % made)

    return _answer(request, form, act, "models_app/suites/propose.html")


@login_required
@_form_page
def derive(request: HttpRequest, suite: str, version: int) -> HttpResponse:
    """The next version: this one with other weights, and with tasks added, left out or featured."""
    actor, base = actor_of(request), get_suite_version(suite, version)
    proposals.check_propose(actor)
    form = DeriveForm(_sent(request), request.FILES or None, base=base)

    def act() -> HttpResponse:
        note = form.cleaned_data["note"]
        made = proposals.propose_changes(actor=actor, base=base, changes=form.changes(), note=note)
        return _done(request, made, _("%s is proposed.") % made)

    return _answer(request, form, act, "models_app/suites/derive.html", base)


@login_required
@_form_page
def preview(request: HttpRequest, suite: str, version: int) -> HttpResponse:
    """Measure chosen models under a version that counts nowhere yet."""
    actor, row = actor_of(request), get_suite_version(suite, version)
    proposals.check_propose(actor)
    form = PreviewForm(_sent(request))

    def act() -> HttpResponse:
        repos = [get_repo(actor, RepoKind.MODEL, name) for name in form.cleaned_data["repos"]]
        count = proposals.preview(actor=actor, version=row, repos=repos)
        text = ngettext("%d model is measured under this version.", "%d models are measured under this version.", count)
        return _done(request, row, text % count)

    return _answer(request, form, act, "models_app/suites/preview.html", row)


@login_required
@_form_page
def activate(request: HttpRequest, suite: str, version: int) -> HttpResponse:
    """Make a version the one that models are measured under."""
    actor, row = actor_of(request), get_suite_version(suite, version)
    versions.check_activate(actor)
    form = ActivateForm(_sent(request))

    def act() -> HttpResponse:
        versions.activate_suite(actor=actor, version=row, reason=form.cleaned_data["reason"])
        return _done(request, row, _("%s is the active version now.") % row)

    return _answer(request, form, act, "models_app/suites/activate.html", row)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _answer(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], HttpResponse],
    template: str,
    version: SuiteVersion | None = None,
) -> HttpResponse:
    """What `act` answers once `form` is valid; else the form, with what was refused above it."""
    if form.is_valid():
        try:
            return act()
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, template, {"form": form, "version": version}, status=422 if form.errors else 200)


def _done(request: HttpRequest, version: SuiteVersion, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("suite", version.suite, version.version)
