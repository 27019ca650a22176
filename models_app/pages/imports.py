"""Import a repository from another hub, and watch it arrive."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.members.auth import actor_of
from community.members.queries import writable_namespaces
from hub.core.errors import DomainError
from models_app.imports import services
from models_app.imports.queries import get_import, imports_of, open_endpoints
from models_app.pages.import_forms import ImportForm

_SHOWN = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imports_page(request: HttpRequest) -> HttpResponse:
    """The form, and the imports of before; a POST queues one."""
    actor = actor_of(request)
    endpoints = open_endpoints()
    sent = request.POST if request.method == "POST" else None
    form = ImportForm(sent, endpoints=endpoints, namespaces=writable_namespaces(actor))
    if form.is_valid():
        try:
            job = services.request_import(actor=actor, wish=form.wish())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("import", job_id=job.pk)
    context = {"form": form, "endpoints": endpoints, "jobs": imports_of(actor)[:_SHOWN]}
    return render(request, "models_app/imports/list.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def import_page(request: HttpRequest, job_id: int) -> HttpResponse:
    return render(request, "models_app/imports/page.html", {"job": get_import(actor_of(request), job_id)})


@login_required
@require_safe
def live(request: HttpRequest, job_id: int) -> HttpResponse:
    """The part of the page that changes; htmx asks for it while the job is not over."""
    return render(request, "models_app/imports/_live.html", {"job": get_import(actor_of(request), job_id)})


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    services.cancel(job=get_import(actor_of(request), job_id))
    return redirect("import", job_id=job_id)


@login_required
@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    services.retry(job=get_import(actor_of(request), job_id))
    return redirect("import", job_id=job_id)
