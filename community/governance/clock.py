"""What time does to proposals. A periodic task and every look at a proposal call it; nothing depends on the task."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation

from community.governance.closing import close, enacts_at
from community.governance.enacting import enact, give_up
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

# After the first failure of a step, the second …: what passed is given up after the last, other steps are tried on.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 240))


def advance_due() -> None:
    """Do everything that is due. A proposal that fails does not keep others waiting."""
    for proposal_id in Proposal.objects.filter(due_at__lte=Now()).order_by("due_at").values_list("pk", flat=True):
        try:
            advance(proposal_id)
        except Exception:
            logger.exception("Proposal %d could not go on", proposal_id)


def advance(proposal_id: int) -> None:
    """Do all that is due for one proposal, each step in its own transaction; nothing if nothing is.

    Whether something is due is for the clock of the database to say, as it is for its triggers. A step that an error of
    the hub interrupts changes nothing; it is logged, and due again after one of `PAUSES`. Reasons that proposals and
    the log keep are in the language of the hub, whoever looked first.
    """
    while Proposal.objects.filter(pk=proposal_id, due_at__lte=Now()).exists():
        with translation.override(settings.LANGUAGE_CODE):
            try:
                _step(proposal_id)
            except Exception as error:
                logger.exception("Proposal %d could not go on", proposal_id)
                _put_off(proposal_id, error)


def _lock_due(proposal_id: int) -> Proposal | None:
    """Whoever waited here for another to do the step finds that it is not due any more."""
    return Proposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id, due_at__lte=Now()).first()


@transaction.atomic
def _step(proposal_id: int) -> None:
    due = _lock_due(proposal_id)
    if due is not None:
        _STEPS[due.state](due)


@transaction.atomic
def _put_off(proposal_id: int, error: Exception) -> None:
    due = _lock_due(proposal_id)
    if due is None:
        return
    if due.state == State.PASSED and due.failures == len(PAUSES):
        give_up(due, error)
        return
    due.due_at = timezone.now() + PAUSES[min(due.failures, len(PAUSES) - 1)]
    due.failures += 1
    due.save(update_fields=["due_at", "failures"])
