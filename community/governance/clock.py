"""What time does to proposals. A periodic task and every look at a proposal call it; nothing depends on the task."""

import logging
from collections.abc import Callable, Mapping

from django.db import transaction
from django.db.models.functions import Now

from community.governance.closing import close, enacts_at
from community.governance.enacting import enact
from community.governance.models import Proposal, State
from community.governance.opening import freeze, open_vote
from community.governance.transitions import move

logger = logging.getLogger(__name__)


def _lapse(proposal: Proposal) -> None:
    move(proposal, State.LAPSED)


def _pass_unopposed(proposal: Proposal) -> None:
    move(proposal, State.PASSED, due_at=enacts_at(proposal))


def _end_adoption(proposal: Proposal) -> None:
    proposal.due_at = None
    proposal.save(update_fields=["due_at"])


# What is due in each state that ends by itself. Each step clears or renews `due_at`.
_STEPS: Mapping[str, Callable[[Proposal], None]] = {
    State.SECONDING: _lapse,
    State.NOTICE: _pass_unopposed,
    State.DISCUSSION: freeze,
    State.FROZEN: open_vote,
    State.VOTING: close,
    State.PASSED: enact,
    State.WITHDRAWN: _end_adoption,
}


def advance_due() -> None:
    """Do everything that is due. A proposal that fails is logged, stays as it was, and does not keep others waiting."""
    for proposal_id in Proposal.objects.filter(due_at__lte=Now()).order_by("due_at").values_list("pk", flat=True):
        try:
            advance(proposal_id)
        except Exception:
            logger.exception("Proposal %d could not go on", proposal_id)


def advance(proposal_id: int) -> None:
    """Do all that is due for one proposal, each step in its own transaction; nothing if nothing is.

    Whether something is due is for the clock of the database to say, as it is for its triggers.
    """
    while Proposal.objects.filter(pk=proposal_id, due_at__lte=Now()).exists():
        _step(proposal_id)


@transaction.atomic
def _step(proposal_id: int) -> None:
    # Whoever waited here for another to do this step finds that it is not due any more.
    due = Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id, due_at__lte=Now()).first()
    if due is not None:
        _STEPS[due.state](due)
