"""What votes do to the decisions of moderators."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal
from community.members.actors import ANONYMOUS
from community.moderation.errors import DecisionNotFound
from community.moderation.queries import get_decision, suspensions
from community.moderation.rules import INVERSE
from community.moderation.services import overrule, resume, suspend


class OverruleDecision(Action):
    """Decisions that everybody reads in the log; what is private is not for a public vote."""

    verb = "decision.overrule"
    title = gettext_lazy("Overrule a decision of moderators")
    suspends = True
    fields = (
        Field(
            "decision",
            gettext_lazy("Decision"),
            "number",
            help=gettext_lazy("The number at the end of its address in the moderation log."),
        ),
    )

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("Decision #%(number)s in the moderation log is overruled.") % {"number": params.get("decision")}

    def plan(self, values: Values) -> Plan:
        try:
            action = get_decision(ANONYMOUS, values["decision"])
        except DecisionNotFound as error:
            raise ActionRefused(error.message) from error
        if action.verb not in INVERSE:
            raise ActionRefused(_("This line is no decision of moderators: name the one that it is about."))
        overruled = getattr(action, "overruled_by", None) is not None
        before = _("suspended until the vote ends") if suspensions().filter(suspends=action).exists() else _("in force")
        url = reverse("decision", args=[action.pk])
        change = Change(f"#{action.pk} {action.get_verb_display()}", before, _("overruled"), url)

        def do(proposal: Proposal) -> None:
            overrule(action=action, actor=None, reason=proposal.title, link=proposal.address)

        return Plan([] if overruled else [change], [action.pk, overruled], do)

    def suspend(self, params: Mapping[str, Any], *, proposal: Proposal) -> bool:
        self.check(params)
        action = get_decision(ANONYMOUS, self.read(params)["decision"])
        return suspend(action=action, reason=proposal.title, link=proposal.address)

    def resume(self, params: Mapping[str, Any], *, proposal: Proposal) -> bool:
        return resume(action_id=self.read(params)["decision"], reason=proposal.title, link=proposal.address)
