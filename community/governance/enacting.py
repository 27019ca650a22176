"""Carry out what passed. The caller holds the proposal locked: change, state and log are one transaction."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from community.governance.actions import action_of
from community.governance.errors import ActionRefused
from community.governance.models import Option, Proposal, State
from community.governance.opening import action_in
from community.governance.queries import contenders_of
from community.governance.transitions import lock, move
from community.members.models import User
from hub.core.errors import DomainError


def enact(proposal: Proposal, *, actor: User | None = None) -> None:
    """Do what the winning options say, if the hub is still as it was when their text was frozen; never by a guess.

    Else nothing of it is done, and the proposal says why. An error of the hub is the caller's to deal with.
    """
    try:
        with transaction.atomic():
            _carry_out(proposal)
    except DomainError as refusal:
        proposal.reason = refusal.message
        if proposal.state == State.ENACT_FAILED:
            proposal.save(update_fields=["reason"])
        else:
            move(proposal, State.ENACT_FAILED, actor=actor, payload={"reason": refusal.message})
        return
    proposal.reason = ""
    move(proposal, State.ENACTED, actor=actor)


def give_up(proposal: Proposal, error: Exception) -> None:
    """After an error that no action foresees. The log of the program has it whole, people are told its name."""
    proposal.reason = sentence_of(error)
    move(proposal, State.ENACT_FAILED, payload={"reason": proposal.reason})


def sentence_of(error: Exception) -> str:
    return (
        _(
            "An error of the hub (%s) kept this from being carried out; nothing of it was done. Once that is mended, "
            "maintainers and election officers can try again."
        )
        % type(error).__name__
    )


def winning_options(proposal: Proposal) -> list[Option]:
    """Those that a passed proposal leads to."""
    contenders = contenders_of(proposal)
    if not proposal.result or proposal.terms["method"] == "yesno":
        return contenders
    return [option for option in contenders if option.key in proposal.result["outcome"]["winners"]]


def _carry_out(proposal: Proposal) -> None:
    if proposal.confirms_id is not None:
        _release(proposal.confirms_id)
    options: Sequence[Option] = winning_options(proposal)
    for option in options:
        verb, params = action_in(option)
        if action_of(verb).found(params) != proposal.preconditions.get(option.key):
            raise ActionRefused(
                _("What “%s” would change is no longer as it was when the text was frozen.") % option.title
            )
    for option in options:
        verb, params = action_in(option)
        action_of(verb).apply(params, proposal=proposal)


def _release(held_id: int) -> None:
    """The members want it in spite of the hold: what was held is carried out next."""
    held = lock(held_id)
    move(held, State.PASSED, due_at=held.state_changed_at)
