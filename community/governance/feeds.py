"""Proposals, results and the log as Atom feeds, deadlines as a calendar: of what everybody may see."""

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.governance import queries
from community.governance.agenda import OVER, deadlines
from community.governance.models import AuditEvent, Proposal, State
from community.governance.reports import report_of
from community.governance.rules import COUNTED
from community.governance.words import KIND_TITLES
from community.members.actors import ANONYMOUS
from hub.core.calendars import calendar
from hub.core.feeds import LENGTH, Entry, atom


@require_safe
def proposals_feed(request: HttpRequest) -> HttpResponse:
    """New ones; an entry changes with the state."""
    rows = queries.visible_proposals(ANONYMOUS).order_by("-pk")[:LENGTH]
    entries = [_entry(row, f"{KIND_TITLES[row.kind]}: {row.get_state_display()}") for row in rows]
    return atom(request, title=_("Proposals"), address=reverse("governance"), entries=entries)


@require_safe
def results_feed(request: HttpRequest) -> HttpResponse:
    rows = queries.visible_proposals(ANONYMOUS).filter(state__in=COUNTED).exclude(result={})
    entries = [_entry(row, _summary(row)) for row in rows.order_by("-closes_at")[:LENGTH]]
    return atom(request, title=_("Results of votes"), address=reverse("governance"), entries=entries)


def _entry(proposal: Proposal, text: str) -> Entry:
    return Entry(
        title=proposal.title,
        address=proposal.address,
        updated=proposal.state_changed_at,
        published=proposal.created_at,
        author=proposal.author.username if proposal.author is not None else "",
        html=format_html("<p>{}</p>", text),
    )


def _summary(proposal: Proposal) -> str:
    result = queries.result_of(proposal)
    if result is None:
        return ""
    report = report_of(result, {option.key: option.label for option in queries.options_of(proposal)})
    return _("%(verdict)s. %(voted)d of %(members)d voted. %(winners)s") % {
        "verdict": State(report.verdict).label,
        "voted": report.turnout.voted,
        "members": report.turnout.members,
        "winners": ", ".join(report.winners),
    }


@require_safe
def audit_feed(request: HttpRequest) -> HttpResponse:
    """The newest lines of the log. Who keeps them can tell later if the log was written anew."""
    entries = [_line(row) for row in AuditEvent.objects.order_by("-pk")[:LENGTH]]
    return atom(request, title=_("Audit log"), address=reverse("governance-audit"), entries=entries)


def _line(row: AuditEvent) -> Entry:
    body = json.loads(row.body)
    about = f" #{body['proposal']}" if body["proposal"] is not None else ""
    return Entry(
        title=f"{body['verb']}{about}",
        address=f"{reverse('governance-audit')}?line={row.pk}",
        updated=datetime.fromisoformat(body["at"]),
        author=body["actor"],
        html=format_html("<p><code>{}</code></p><pre>{}</pre>", row.hash, row.body),
    )


@require_safe
def deadlines_calendar(_request: HttpRequest) -> HttpResponse:
    rows = queries.visible_proposals(ANONYMOUS).exclude(state__in=[*OVER, State.DRAFT])
    return calendar(name=_("Governance"), deadlines=deadlines(rows.order_by("due_at")[:200]))
