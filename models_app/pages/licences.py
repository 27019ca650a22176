"""Which licences new uploads may name, and the votes that decided it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app.licences.queries import decisions
from models_app.licences.rules import hub_licences, normalize


@require_safe
def licences_page(request: HttpRequest) -> HttpResponse:
    decided = [(normalize(row.licence), row) for row in decisions()]
    known = {licence.id for licence, _row in decided}
    rest = [licence for licence in hub_licences() if licence.id not in known]
    return render(request, "models_app/pages/licences.html", {"decided": decided, "rest": rest})
