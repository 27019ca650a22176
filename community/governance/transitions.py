"""The one way for a proposal to change its state: a step of the table, a line of the log, and those who are told."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from community.governance import audit, hooks
from community.governance.errors import ProposalNotFound, WrongState
from community.governance.models import Proposal, State
from community.governance.rules import TRANSITIONS
from community.members.models import User


def lock(proposal_id: int) -> Proposal:
    """The proposal, whose state nobody else changes until the transaction ends. Raises `ProposalNotFound`."""
    proposal = Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id).first()
    if proposal is None:
        raise ProposalNotFound
    return proposal


def check_state(proposal: Proposal, *states: str) -> None:
    """Raises `WrongState`."""
    if proposal.state not in states:
        raise WrongState(
            _("This is not possible now: the proposal is in the state “%(state)s”.")
            % {"state": State(proposal.state).label}
        )


def move(
    proposal: Proposal,
    state: State,
    *,
    actor: User | None = None,
    due_at: datetime | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    """Write `proposal`, which the caller holds locked, in its next state; `actor` is None for what time did.

    `due_at` is when that state ends by itself. Raises `WrongState` for a step that the table does not know.
    """
    before = proposal.state
    if state not in TRANSITIONS[before]:
        check_state(proposal, *[one for one, others in TRANSITIONS.items() if state in others])
    if before == State.COUNTING:  # which nobody saw
        before = State.VOTING
    proposal.state, proposal.state_changed_at, proposal.due_at = state, timezone.now(), due_at
    proposal.failures = 0
    proposal.save()
    hooks.moved(proposal, before)
    audit.append(
        verb=f"proposal.{state}",
        actor=actor,
        proposal=proposal,
        payload={"from": before, "to": state, **(payload or {})},
    )
