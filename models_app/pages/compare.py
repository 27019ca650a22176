"""Models side by side. All of the page's state is in its address: ``?models=a/b,c/d&prompt=…``."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.members.auth import actor_of
from hub.core.errors import DomainError
from models_app.evaluation.records.comparisons import FEWEST, MOST, Comparison, SharedPrompt, comparison, split_names


@dataclass(frozen=True)
class Refusal:
    """Why there is nothing to compare, above the form that asks for the models again."""

    message: str
    status: int


@require_safe
def compare_page(request: HttpRequest) -> HttpResponse:
    """A refusal keeps the names that were asked for, so that they can be corrected."""
    names = split_names(request.GET.getlist("models"))
    found, refusal = _compare(request, names)
    shown = {
        "comparison": found,
        "refusal": refusal,
        "names": [*names, *[""] * MOST][: max(MOST, len(names))],
        "prompt": _chosen_prompt(found, request.GET.get("prompt", "")),
        "models": urlencode({"models": ",".join(names)}, safe="/,"),
    }
    status = refusal.status if refusal else 200
    return render(request, "models_app/evaluation/compare.html", shown, status=status)


def _compare(request: HttpRequest, names: list[str]) -> tuple[Comparison | None, Refusal | None]:
    if len(names) < FEWEST:
        return None, None
    try:
        return comparison(actor_of(request), names), None
    except DomainError as error:
        return None, Refusal(error.message, error.status)


def _chosen_prompt(found: Comparison | None, key: str) -> SharedPrompt | None:
    prompts = found.prompts if found else []
    return next((prompt for prompt in prompts if prompt.key == key), prompts[0] if prompts else None)
