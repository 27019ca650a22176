"""A model's evaluation, live."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.members.auth import actor_of
from models_app.evaluation import services
from models_app.evaluation.queries import EvaluationTab, evaluation_tab, get_run, live_run
from models_app.evaluation.records.history import charts, history
from models_app.evaluation.records.reports import PromptReport
from models_app.pages.addresses import repo_path
from models_app.pages.repo_frame import open_repo, repo_context
from models_app.pages.snippets import badge_snippets


@require_safe
def evaluation_page(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    repo = open_repo(request, namespace, name)
    tab = evaluation_tab(actor_of(request), repo)
    shown = {
        "evaluation": tab,
        "prompt": _chosen_prompt(tab, request.GET.get("prompt", "")),
        "charts": charts(history(repo)),
        "badge_snippets": badge_snippets(repo),
    }
    return render(request, "models_app/evaluation/page.html", repo_context(request, repo, "evaluation") | shown)


def _chosen_prompt(tab: EvaluationTab, key: str) -> PromptReport | None:
    prompts = tab.report.prompts if tab.report is not None else []
    return next((prompt for prompt in prompts if prompt.key == key), prompts[0] if prompts else None)


@require_safe
def live(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The state of the newest run, fetched every two seconds until it is over; then the page is loaded anew."""
    repo = open_repo(request, namespace, name)
    newest = live_run(actor_of(request), repo)
    if newest.current is None:
        raise Http404
    response = render(request, "models_app/evaluation/_run_live.html", {"repo": repo, "evaluation": newest})
    if not newest.current.live:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def begin(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """Queue the head by hand."""
    repo = open_repo(request, namespace, name)
    services.request_run(actor=actor_of(request), repo=repo)
    messages.success(request, _("The evaluation is queued."))
    return redirect(repo_path(repo, "evaluation"))


@login_required
@require_POST
def change(request: HttpRequest, run_id: int, action: str) -> HttpResponse:
    """Retry, cancel or repeat a run, then show its model again."""
    actor = actor_of(request)
    run = get_run(actor, run_id)
    match action:
        case "retry":
            services.retry(actor=actor, run=run)
            messages.success(request, _("The evaluation is queued again."))
        case "cancel":
            services.cancel(actor=actor, run=run)
            messages.success(request, _("The evaluation is cancelled."))
        case "repeat":
            services.repeat(actor=actor, run=run)
            messages.success(request, _("The repetition is queued: another worker will take it."))
        case _:
            raise Http404
    return redirect(repo_path(run.repo, "evaluation"))
