"""The queue of the whole hub, live; how operators steer it, and how members donate workers."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.members.auth import actor_of
from models_app.evaluation import policy
from models_app.evaluation.models import Run, Worker
from models_app.evaluation.queue import queue, queued_runs, worker_lines, workers_of
from models_app.pages.queue_forms import LimitsForm, PriorityForm

INSTALL = "pip install -r requirements/worker.txt\npip install --no-deps ."


@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    template = (
        "models_app/evaluation/_queue.html" if request.headers.get("HX-Request") else "models_app/evaluation/queue.html"
    )
    actor = actor_of(request)
    return render(request, template, {"queue": queue(actor), "may_operate": policy.may_operate(actor)})


@require_safe
def donate_page(request: HttpRequest) -> HttpResponse:
    user = actor_of(request).user
    shown = {
        "may_donate": user is not None and user.has_perm("models_app.donate_work"),
        "lines": workers_of(user) if user is not None else [],
        "install": INSTALL,
        "command": f"leyuan-worker --hub {settings.PUBLIC_URL} --token-file token",
    }
    return render(request, "models_app/evaluation/donate.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def operate_page(request: HttpRequest) -> HttpResponse:
    """What operators see; a POST sets the limits."""
    policy.check_operator(actor_of(request))
    now = policy.current_policy()
    initial = {"max_waiting": now.max_waiting, "max_a_day": now.max_a_day}
    limits = LimitsForm(request.POST if request.method == "POST" else None, initial=initial)
    if limits.is_valid():
        policy.set_limits(**limits.cleaned_data)
        return _done(request, _("The limits are set."))
    shown = {
        "policy": now,
        "limits": limits,
        "lines": worker_lines(),
        "queued": queued_runs(),
    }
    return render(request, "models_app/evaluation/operate.html", shown, status=422 if limits.errors else 200)


@login_required
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Pause the queue, or resume it."""
    policy.check_operator(actor_of(request))
    if request.POST.get("action") == "pause":
        policy.pause(reason=request.POST.get("reason", ""))
        return _done(request, _("The queue is paused."))
    policy.resume()
    return _done(request, _("The queue goes on."))


@login_required
@require_POST
def change_worker(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Drain a worker, or let it work again."""
    policy.check_operator(actor_of(request))
    worker = get_object_or_404(Worker, pk=worker_id)
    draining = request.POST.get("draining") == "yes"
    policy.drain(worker=worker, draining=draining)
    text = _("%(name)s takes no further run.") if draining else _("%(name)s takes runs again.")
    return _done(request, text % {"name": worker.name})


@login_required
@require_POST
def change_priority(request: HttpRequest, run_id: int) -> HttpResponse:
    policy.check_operator(actor_of(request))
    form = PriorityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A priority is a whole number from -100 to 100."))
        return redirect("queue-operate")
    policy.set_priority(run=get_object_or_404(Run, pk=run_id), priority=form.cleaned_data["priority"])
    return _done(request, _("The evaluation has another place now."))


def _done(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("queue-operate")
