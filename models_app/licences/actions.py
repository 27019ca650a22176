"""What votes decide about licences."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal
from models_app.licences.errors import UnknownLicence
from models_app.licences.models import LicenceDecision
from models_app.licences.rules import MAX_LENGTH, Licence, is_single, normalize

_FIELDS = (
    Field(
        "licence",
        gettext_lazy("Licence"),
        max_length=MAX_LENGTH,
        help=gettext_lazy("An id of SPDX or of the Hub: Apache-2.0, CC-BY-NC-4.0, openrail."),
    ),
)


class RetireLicence(Action):
    verb = "licence.retire"
    title = gettext_lazy("Accept a licence no longer")
    fields = _FIELDS
    accepted: ClassVar[bool] = False  # what it is to be

    def describe(self, params: Mapping[str, Any]) -> str:
        shown = {"licence": params.get("licence")}
        return _("New uploads do not name %(licence)s; what is here already stays.") % shown

    def plan(self, values: Values) -> Plan:
        licence = _single(values["licence"])
        decision = LicenceDecision.objects.filter(licence=licence.id).first()
        accepted = decision is None or decision.accepted
        words = {True: _("accepted"), False: _("not for new uploads")}
        line = Change(licence.id, words[accepted], words[self.accepted], reverse("licences"))

        def do(proposal: Proposal) -> None:
            row = {"accepted": self.accepted, "proposal": proposal, "decided_at": timezone.now()}
            LicenceDecision.objects.update_or_create(licence=licence.id, defaults=row)

        state = [licence.id, decision.proposal_id if decision is not None else None]
        return Plan([line] if accepted != self.accepted else [], state, do)


class AcceptLicence(RetireLicence):
    verb = "licence.accept"
    title = gettext_lazy("Accept a licence again")
    accepted = True

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("New uploads may name %(licence)s again.") % {"licence": params.get("licence")}


def _single(text: str) -> Licence:
    try:
        licence = normalize(text)
    except UnknownLicence as error:
        raise ActionRefused(error.message) from error
    if not is_single(licence):
        raise ActionRefused(_("Name one licence, not an expression of several."))
    return licence
