"""Which proposals are over, and what ends when for those that are not."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from community.governance.models import Proposal, State
from hub.core.calendars import Deadline

OVER = (
    State.REJECTED,
    State.NO_QUORUM,
    State.TIED,
    State.ENACTED,
    State.ENACT_FAILED,
    State.LAPSED,
    State.WITHDRAWN,
    State.VOID,
)
DECIDED = (State.PASSED, *OVER)  # nobody can do anything about it any more, but hold it
_ENDS: dict[str, str | Promise] = {
    State.SECONDING: _("Sponsors are needed until then"),
    State.NOTICE: _("Objections are taken until then"),
    State.DISCUSSION: _("The text is frozen"),
    State.FROZEN: _("Voting opens"),
    State.VOTING: _("Voting ends"),
    State.PASSED: _("The change is made"),
}


def what_ends(state: str) -> str | Promise:
    """What happens when a proposal's `state` ends by itself; "" for one that does not."""
    return _ENDS.get(state, "")


def deadlines(proposals: Iterable[Proposal]) -> list[Deadline]:
    """What ends by itself, the next first."""
    found = [
        Deadline(
            key=f"governance-{proposal.pk}-{proposal.state}",
            title=f"{_ENDS[proposal.state]}: {proposal.title}",
            address=proposal.address,
            at=proposal.due_at,
            changed=proposal.state_changed_at,
        )
        for proposal in proposals
        if proposal.due_at is not None and proposal.state in _ENDS
    ]
    return sorted(found, key=lambda entry: entry.at)
