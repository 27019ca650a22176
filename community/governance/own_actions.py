"""What votes do to governance itself: who holds an office, and what the rules are."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Office, Proposal, Role, RuleValue
from community.governance.offices import in_office, is_over
from community.governance.queries import kind_of
from community.governance.rules import KINDS, PARAMETERS, Kind, is_parameter, methods_of
from community.governance.words import KIND_TITLES, METHOD_TITLES, PARAMETER_TITLES, rule_words
from community.members.models import User

LONGEST_TERM = timedelta(days=4 * 366)

_MEMBER = Field("member", gettext_lazy("Member"), "member")
_ROLE = Field("role", gettext_lazy("Office"), "choice", choices=lambda: Role.choices)


class GrantRole(Action):
    verb = "role.grant"
    title = gettext_lazy("Give somebody an office")
    fields = (
        _MEMBER,
        _ROLE,
        Field("until", gettext_lazy("Last day of the term"), "date", help=gettext_lazy("In UTC, four years at most.")),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(member)s holds the office of %(role)s until %(until)s.") % _words(params)

    def plan(self, values: Values) -> Plan:
        member, role, until = values["member"], values["role"], _end_of(values["until"])
        if is_over(until) or until > timezone.now() + LONGEST_TERM:
            raise ActionRefused(_("A term ends in the future, and within four years."))
        office = _office(member, role)
        changes = [] if office is not None and office.until == until else [_change(office, member, role, until)]

        def do(proposal: Proposal) -> None:
            values = {"until": until, "since": timezone.now(), "proposal": proposal}
            Office.objects.update_or_create(user=member, role=role, defaults=values)
            transaction.on_commit(in_office.forget)

        return Plan(changes, _state(office, member), do)


class RevokeRole(Action):
    verb = "role.revoke"
    title = gettext_lazy("Take an office away")
    fields = (_MEMBER, _ROLE)

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(member)s holds the office of %(role)s no longer.") % _words(params)

    def plan(self, values: Values) -> Plan:
        member, role = values["member"], values["role"]
        office = _office(member, role)
        held = office is not None and not is_over(office.until)
        changes = [_change(office, member, role, None)] if held else []

        def do(proposal: Proposal) -> None:
            Office.objects.filter(user=member, role=role).update(until=timezone.now(), proposal=proposal)
            transaction.on_commit(in_office.forget)

        return Plan(changes, _state(office, member), do)


_KIND = Field("kind", gettext_lazy("Of what"), "choice", choices=lambda: list(KIND_TITLES.items()))


class SetRule(Action):
    verb = "rules.set"
    title = gettext_lazy("Change a rule of votes")
    fields = (
        _KIND,
        Field("name", gettext_lazy("Rule"), "choice", choices=lambda: list(PARAMETER_TITLES.items())),
        Field("value", gettext_lazy("Value"), "number"),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        kind, name = params.get("kind"), params.get("name")
        shown = {"kind": KIND_TITLES.get(str(kind), kind), "rule": PARAMETER_TITLES.get(str(name), name)}
        return _("%(kind)s: “%(rule)s” is %(value)s.") % (shown | {"value": params.get("value")})

    def plan(self, values: Values) -> Plan:
        kind, name, value = kind_of(values["kind"]), values["name"], values["value"]
        if not is_parameter(kind, name, value):
            raise ActionRefused(_("This rule cannot have that value; a discussion is never longer than its longest."))
        return _set_rule(kind, name, str(value), state=[getattr(kind, each) for each in PARAMETERS])


_METHODS = {method: METHOD_TITLES[method] for kind in KINDS.values() for method in methods_of(kind)}


class SetMethod(Action):
    verb = "rules.method"
    title = gettext_lazy("Choose how votes are counted")
    fields = (
        _KIND,
        Field(
            "method",
            gettext_lazy("Method"),
            "choice",
            help=gettext_lazy("Elections: STV, STAR or approval. Others: Schulze, STAR or approval."),
            choices=lambda: list(_METHODS.items()),
        ),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        kind, method = params.get("kind"), params.get("method")
        shown = {"kind": KIND_TITLES.get(str(kind), kind), "method": METHOD_TITLES.get(str(method), method)}
        return _("%(kind)s: votes among several options are counted by %(method)s.") % shown

    def plan(self, values: Values) -> Plan:
        kind, method = kind_of(values["kind"]), values["method"]
        if kind.lazy:
            raise ActionRefused(_("Lazy consensus is not voted on."))
        if method not in methods_of(kind):
            raise ActionRefused(
                _("Elections fill seats, for which there is STV; one of several texts is found by Schulze.")
            )
        return _set_rule(kind, "method", method, state=kind.method)


def _set_rule(kind: Kind, name: str, value: str, *, state: Any) -> Plan:
    now = str(getattr(kind, name))
    (rule, before), (_same, after) = rule_words(name, now), rule_words(name, value)
    change = Change(f"{KIND_TITLES[kind.key]}: {rule}", str(before), str(after), reverse("governance-rules"))

    def do(proposal: Proposal) -> None:
        row = {"value": value, "proposal": proposal}
        RuleValue.objects.update_or_create(kind=kind.key, name=name, defaults=row)

    return Plan([change] if now != value else [], state, do)


def _words(params: Mapping[str, Any]) -> dict[str, Any]:
    role = params.get("role")
    shown = Role(role).label if role in Role.values else role
    return {"member": params.get("member"), "role": shown, "until": _day(params.get("until"))}


def _day(text: Any) -> str:
    """As the reader writes dates; as it is where that is none."""
    try:
        return date_format(date.fromisoformat(str(text)), "DATE_FORMAT")
    except ValueError:
        return str(text)


def _office(member: User, role: str) -> Office | None:
    return Office.objects.filter(user=member, role=role).first()


def _change(office: Office | None, member: User, role: str, until: datetime | None) -> Change:
    before = office.until if office is not None and not is_over(office.until) else None
    what = _("%(member)s as %(role)s") % {"member": member.username, "role": Role(role).label}
    return Change(what, _until(before), _until(until), reverse("profile", args=[member.username]))


def _until(until: datetime | None) -> str:
    return _("until %s") % date_format(until.astimezone(UTC), "DATE_FORMAT") if until is not None else ""


def _state(office: Office | None, member: User) -> Any:
    """The vote that an office comes from. That its term ends meanwhile changes nothing: it was bound to."""
    return [member.pk, office.proposal_id if office is not None else None]


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)
