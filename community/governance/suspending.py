"""Twice as many sponsors as a vote needs suspend the decision that it is about, until the vote ends (Debian 4.2.2).

The caller holds the proposal locked. The log comes last, as always: whoever enacts locks things in the same order.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from community.governance import audit
from community.governance.actions import action_of, find_action
from community.governance.agenda import OVER
from community.governance.models import Option, Proposal, Revision, RevisionStatus, State
from community.governance.rules import COUNTED, suspending_sponsors
from hub.core.errors import DomainError

_GOES_ON = {State.TIED, State.ENACT_FAILED}  # in a run-off, or with another try


def suspend_if_urgent(proposal: Proposal, option: Option) -> None:
    """Suspend what `option` would overrule, if enough members sponsor it. Nothing if it is so already.

    An option whose action was exchanged suspends nothing: its first sponsors asked for something else.
    """
    actions = _actions_of(option)
    if option.sponsorships.count() >= suspending_sponsors(proposal.sponsors_needed) and len(actions) == 1:
        _note("action.suspended", proposal, [action for action in actions if _suspend(proposal, action)])


def was_voted_on(action: Mapping[str, Any]) -> bool:
    """Whether a vote on `action` has been counted. What it left in force no sponsors suspend again: only another vote
    undoes it. One that was withdrawn, lapsed or void says nothing.
    """
    known = action_of(action["verb"])
    on_ballots = Revision.objects.filter(
        status=RevisionStatus.CURRENT,
        action__verb=known.verb,
        option__withdrawn_at=None,
        option__proposal__state__in=COUNTED,
    )
    values = known.read(action["params"])
    return any(known.read(params) == values for params in on_ballots.values_list("action__params", flat=True))


def _suspend(proposal: Proposal, action: dict[str, Any]) -> bool:
    known = action_of(action["verb"])
    try:
        return known.suspends and not was_voted_on(action) and known.suspend(action["params"], proposal=proposal)
    except DomainError:  # the hub has changed meanwhile: the page says how, and the option falls when texts are frozen
        return False


def resume(proposal: Proposal, options: Iterable[Option]) -> None:
    """What `options` suspended is in force again. Nothing if it is so already."""
    actions = [action for option in options for action in _actions_of(option)]
    _note("action.resumed", proposal, [action for action in actions if _resume(proposal, action)])


def _resume(proposal: Proposal, action: dict[str, Any]) -> bool:
    known = find_action(action["verb"])  # one that is gone must not keep a proposal from its end
    return known is not None and known.resume(action["params"], proposal=proposal)


def resume_if_over(proposal: Proposal, _before: str) -> None:
    """A handler of `hooks`."""
    if proposal.state in OVER and proposal.state not in _GOES_ON:
        begun = proposal.runoff_of or proposal
        resume(begun, begun.options.all())


def _actions_of(option: Option) -> list[dict[str, Any]]:
    """All that were ever its action, each once."""
    texts = option.revisions.filter(status__in=[RevisionStatus.CURRENT, RevisionStatus.SUPERSEDED])
    actions: list[dict[str, Any]] = []
    for text in texts:
        if text.action and text.action not in actions:
            actions.append(text.action)
    return actions


def _note(verb: str, proposal: Proposal, actions: list[dict[str, Any]]) -> None:
    if actions:
        audit.append(verb=verb, actor=None, proposal=proposal, payload={"actions": actions})
