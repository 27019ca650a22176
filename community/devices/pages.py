"""Where a member types the code of a program, sees who asks from where, and decides."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from community.devices import services
from community.devices.api import address_of
from community.devices.errors import TooManyTries
from community.devices.forms import CodeForm, DecisionForm
from community.devices.models import DeviceRequest
from community.devices.rules import LIFE, MAX_TRIES
from community.members.auth import actor_of
from community.members.models import TokenKind
from hub.core.errors import DomainError
from hub.core.limits import within_limit


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """The form; for a right code, what asks. A link fills the code in, but the member must send it on."""
    if request.method != "POST":
        given = request.GET.get("user_code", "")[:20]
        return render(request, "community/devices/code.html", {"form": CodeForm(initial={"user_code": given})})
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            _count_try(request)
            found = services.find_waiting(user_code=form.cleaned_data["user_code"])
        except DomainError as error:
            form.add_error("user_code", error.message)
        else:
            return _show_decision(request, found, DecisionForm(initial={"user_code": found.user_code}))
    return render(request, "community/devices/code.html", {"form": form}, status=422)


@login_required
@never_cache
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Let the program in, or send it away."""
    _count_try(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        found = services.find_waiting(user_code=request.POST.get("user_code", "")[:20])
        return _show_decision(request, found, form, status=422)
    approved = "approve" in request.POST
    kind = TokenKind(form.cleaned_data["kind"]) if approved else None
    services.decide(actor=actor_of(request), user_code=form.cleaned_data["user_code"], kind=kind)
    return render(request, "community/devices/decided.html", {"approved": approved})


def _show_decision(
    request: HttpRequest, found: DeviceRequest, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    context = {"asking": found, "form": form, "elsewhere": found.address != address_of(request)}
    return render(request, "community/devices/decide.html", context, status=status)


def _count_try(request: HttpRequest) -> None:
    """Raises `TooManyTries`: a member may not search for the codes of others."""
    if not within_limit(f"devices.try:{request.user.pk}", limit=MAX_TRIES, seconds=LIFE.total_seconds()):
        raise TooManyTries
