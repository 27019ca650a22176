"""What everybody reads: what is open and decided, a proposal, a counted vote, the rules, the rolls, the log."""

import json
import re
from collections.abc import Mapping

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from community.discussions.queries import count_open
from community.governance import queries, showing
from community.governance.actions import all_actions
from community.governance.agenda import DECIDED, deadlines
from community.governance.audit import head_hash, newest_hash
from community.governance.casting import check_receipt
from community.governance.clock import advance_due
from community.governance.counting.terms import Terms, approvals_needed_squared
from community.governance.deeds import option_at, proposal_at
from community.governance.electorate import eligible
from community.governance.exports import names_for
from community.governance.forms import ReceiptForm
from community.governance.models import AuditEvent, Proposal, State
from community.governance.offices import officeholders
from community.governance.reports import Turnout, quorum_text, report_of, turnout_of
from community.governance.rules import allows, sponsors_needed
from community.governance.subject import KIND
from community.governance.way import way_of
from community.governance.words import ballot_rules
from community.members.auth import actor_of
from hub.core.errors import DomainError
from hub.core.pagination import page

PAGE_SIZE = 30
MOST_OPEN = 200  # on the home page
_LINE = re.compile(r"[0-9]{1,18}")


def framed(
    request: HttpRequest, proposal: Proposal, part: str, template: str, shown: Mapping[str, object]
) -> HttpResponse:
    """One of the pages of a proposal; `part` is its tab."""
    context = {
        "proposal": proposal,
        "part": part,
        "counted": queries.result_of(proposal) is not None,
        "threads_open": count_open(KIND, proposal.pk),
        **shown,
    }
    return render(request, f"community/governance/{template}.html", context)


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    advance_due()
    proposals = queries.visible_proposals(actor)
    running = proposals.exclude(state__in=[*DECIDED, State.DRAFT])
    opened = list(running.order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST_OPEN])
    over = proposals.filter(state__in=DECIDED)
    past, next_cursor = page(over, ["-state_changed_at"], request.GET.get("cursor"), PAGE_SIZE)
    voted = queries.turnouts(opened)
    shown = {
        "waiting": queries.waiting_for(actor),
        "drafts": list(proposals.filter(state=State.DRAFT).order_by("-pk")),
        "open": [(proposal, voted.get(proposal.pk)) for proposal in opened],
        "past": [(proposal, _counted_turnout(proposal)) for proposal in past],
        "next_cursor": next_cursor,
        "deadlines": deadlines([*opened, *past]),
    }
    return render(request, "community/governance/home.html", shown)


def _counted_turnout(proposal: Proposal) -> Turnout | None:
    result = queries.result_of(proposal)
    if result is None:
        return None
    return turnout_of(result["roll_size"], result["outcome"]["ballots"], Terms.of_json(result["terms"]))


@require_safe
def proposal_page(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    options = showing.shown_options(actor, proposal)
    shown = {
        "options": options,
        "call": next((shown for shown in options if shown.option.is_call), None),
        "deeds": showing.deeds_of(actor, proposal),
        "winners": _winners(proposal),
        "objections": list(proposal.objections.select_related("member").order_by("pk")),
        "turnout": queries.turnout(proposal),
        "way": way_of(proposal, list(queries.events_of(proposal))),
        "followers": list(Proposal.objects.filter(runoff_of=proposal) | Proposal.objects.filter(confirms=proposal)),
        **_terms_shown(proposal),
    }
    return framed(request, proposal, "proposal", "proposal", shown)


def _winners(proposal: Proposal) -> list[str]:
    """Keys of the options of several that a vote chose."""
    outcome = (queries.result_of(proposal) or {}).get("outcome", {})
    return outcome["winners"] if outcome.get("verdict") == State.PASSED else []


def _terms_shown(proposal: Proposal) -> dict[str, object]:
    """The terms that were fixed when voting opened."""
    if not proposal.terms:
        return {}
    terms = Terms.of_json(proposal.terms)
    return {"terms": terms, "quorum": quorum_text(terms), "ballot_rules": ballot_rules(terms)}


@require_safe
def history_page(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """What an option said at which time."""
    option = option_at(actor_of(request), number, key)
    shown = {"option": option, "history": showing.history_of(option)}
    return framed(request, option.proposal, "proposal", "history", shown)


@require_safe
def result_page(request: HttpRequest, number: int) -> HttpResponse:
    proposal = proposal_at(actor_of(request), number)
    result = queries.result_of(proposal)
    shown: dict[str, object] = {"turnout": queries.turnout(proposal)}
    if result is not None:
        titles = {option.key: option.label for option in queries.options_of(proposal)}
        shown |= {"report": report_of(result, titles), "result": result, **_terms_shown(proposal)}
        shown["files"] = names_for(result["terms"]["method"])
    return framed(request, proposal, "result", "result", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def receipt_page(request: HttpRequest, number: int) -> HttpResponse:
    """Find the line of a receipt. By POST: a receipt shall be in no log of addresses."""
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    name = actor.user.username if actor.user is not None else ""
    form = ReceiptForm(request.POST if request.method == "POST" else None, initial={"username": name})
    found = None
    if form.is_valid():
        try:
            found = check_receipt(proposal=proposal, **form.cleaned_data)
        except DomainError as error:
            form.add_error("code", error.message)
    response = framed(request, proposal, "result", "receipt", {"form": form, "found": found})
    response.status_code = 422 if form.errors else 200
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    members = eligible().count()
    quorum = quorum_text(Terms("yesno", (), quorum_squared=approvals_needed_squared(members)))
    kinds = [(kind, [action for action in all_actions() if allows(kind, action.verb)]) for kind in queries.all_kinds()]
    shown = {"kinds": kinds, "members": members, "sponsors": sponsors_needed(members), "quorum": quorum}
    shown |= {"changed": queries.changed_rules(), "offices": officeholders()}
    return render(request, "community/governance/rules.html", shown)


@require_safe
def roll_page(request: HttpRequest) -> HttpResponse:
    """Who would be on a roll now."""
    user = actor_of(request).user
    names, next_cursor = page(eligible(), ["username"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "members": eligible().count(),
        "names": names,
        "next_cursor": next_cursor,
        "mine": user is not None and queries.is_eligible(user),
    }
    return render(request, "community/governance/roll.html", shown)


@require_safe
def proposal_roll_page(request: HttpRequest, number: int) -> HttpResponse:
    """The roll of one vote, and who asked to be on it."""
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    names, next_cursor = page(queries.roll_of(proposal), ["username"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "names": names,
        "next_cursor": next_cursor,
        "requests": proposal.roll_requests.select_related("member", "officer"),
        "deeds": showing.deeds_of(actor, proposal),
    }
    return framed(request, proposal, "roll", "proposal_roll", shown)


@require_safe
def audit_page(request: HttpRequest) -> HttpResponse:
    """Newest line first; ``?line=`` begins with that one, as entries of the feed lead here."""
    line = request.GET.get("line", "")
    events = AuditEvent.objects.filter(pk__lte=int(line)) if _LINE.fullmatch(line) else AuditEvent.objects.all()
    rows, next_cursor = page(events, ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "rows": [(row, json.loads(row.body)) for row in rows],
        "next_cursor": next_cursor,
        "head": newest_hash.know(head_hash()),
    }
    return render(request, "community/governance/audit.html", shown)
