"""Which licences new uploads may name. Everybody who takes in a card or offers a choice asks here."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from models_app.licences.errors import LicenceRetired
from models_app.licences.models import LicenceDecision
from models_app.licences.rules import Licence, hub_licences, near_matches, normalize, retired_in


def decisions() -> QuerySet[LicenceDecision]:
    """By licence."""
    return LicenceDecision.objects.order_by("licence")


def retired() -> dict[str, int]:
    """{id of a licence that is not accepted for new uploads: number of the vote}: one query."""
    return dict(LicenceDecision.objects.filter(accepted=False).values_list("licence", "proposal_id"))


def refusals(licences: Iterable[Licence], known: Collection[str] = ()) -> list[LicenceRetired]:
    """One for each of `licences` that a vote retired, but for those whose ids are `known`: they were here before."""
    votes = retired()
    found = {licence.id: retired_in(licence, votes) for licence in licences if licence.id not in known}
    return [LicenceRetired(name, votes[name], near_matches(name, votes)) for name in found.values() if name]


def accepted_licence(text: str) -> Licence:
    """The licence that `text` names, for a new upload. Raises `UnknownLicence`, `LicenceRetired`."""
    licence = normalize(text)
    for refusal in refusals([licence]):
        raise refusal
    return licence


def offered_licences() -> list[Licence]:
    """Those of the Hub's list that a new upload may name, in its order."""
    votes = retired()
    return [licence for licence in hub_licences() if licence.id not in votes]
