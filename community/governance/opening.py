"""How a vote opens. The caller holds the proposal locked, in a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from community.governance.actions import action_of
from community.governance.counting.count import sha256_of
from community.governance.counting.terms import Terms, approvals_needed_squared
from community.governance.electorate import take_roll
from community.governance.errors import ActionRefused, UnknownVerb
from community.governance.models import Electorate, Option, Proposal, Revision, State
from community.governance.queries import contenders_of, kind_of, options_of
from community.governance.rules import DEFAULT_KEY, DEFAULT_TITLE, TITLE_MAX_LENGTH, closing_time
from community.governance.suspending import resume
from community.governance.transitions import move


def freeze(proposal: Proposal) -> None:
    """A day before voting opens the texts are fixed, and what their actions find is noted.

    Options that lack sponsors, or could not be enacted, fall; without any left the proposal is withdrawn.
    """
    found, dropped, fallen = {}, {}, []
    for option in contenders_of(proposal):
        try:
            found[option.key] = _found(proposal, option)
        except (ActionRefused, UnknownVerb) as refusal:
            dropped[option.key] = refusal.message
            Option.objects.filter(pk=option.pk).update(withdrawn_at=timezone.now())
            fallen.append(option)
    resume(proposal, fallen)
    proposal.preconditions = found
    if not found:
        proposal.reason = "\n".join(dropped.values()) or _("Nobody stands.")
        move(proposal, State.WITHDRAWN, payload={"reason": proposal.reason})
        return
    payload = {"texts": texts_of(options_of(proposal)), "dropped": dropped}
    move(proposal, State.FROZEN, due_at=proposal.discussion_ends_at, payload=payload)


def _found(proposal: Proposal, option: Option) -> str:
    """What the action of `option` finds. Raises `ActionRefused`, `UnknownVerb`."""
    if proposal.kind != "election" and option.sponsorships.count() < proposal.sponsors_needed:
        raise ActionRefused(_("Too few members sponsor this option."))
    verb, params = action_in(option)
    action = action_of(verb)
    action.check(params)
    return action.found(params)


def action_in(option: Option) -> tuple[str, Mapping[str, Any]]:
    """(verb, parameters) of an option that `queries.options_of` gave."""
    action = option.current.action if option.current is not None else {}
    return action.get("verb", "none"), action.get("params", {})


def texts_of(options: Sequence[Option]) -> dict[str, Any]:
    """What the log notes of texts, so that `verify_governance` sees a change: {option: title, action, SHA-256}."""
    return {
        option.key: {
            "title": option.title,
            "action": option.current.action if option.current else {},
            "sha256": sha256_of(option.current.body if option.current else ""),
        }
        for option in options
    }


def open_vote(proposal: Proposal, closes_at: datetime | None = None) -> None:
    """By the rules as they are now, among those who are members now. Only the demo says itself when it `closes_at`."""
    roll = take_roll(proposal)
    _open(proposal, roll, terms_now(proposal, roll.size), closes_at)


def terms_now(proposal: Proposal, members: int) -> Terms:
    """The terms of a vote on `proposal` among so many `members`, by the rules as they are now."""
    kind, options = kind_of(proposal.kind), options_of(proposal)
    quorum, ratio = approvals_needed_squared(members), Fraction(kind.ratio)
    election = proposal.kind == "election" and proposal.confirms_id is None
    if len(options) == 2 and not election:  # noqa: PLR2004 (one option and the default)
        return Terms("yesno", (), quorum_squared=quorum, ratio=ratio)
    terms = Terms(kind.method, tuple(option.key for option in options), DEFAULT_KEY, quorum, ratio)
    return replace(terms, seats=seats_of(options[-1]), ties="lot") if election else terms


def seats_of(call: Option) -> int:
    """How many an election fills, from its default option."""
    seats: int = call.current.action["seats"] if call.current is not None else 1
    return seats


def _open(proposal: Proposal, roll: Electorate, terms: Terms, closes_at: datetime | None = None) -> None:
    now = timezone.now()
    proposal.electorate, proposal.terms = roll, terms.as_json()
    proposal.opens_at = now
    proposal.closes_at = closes_at or closing_time(now, kind_of(proposal.kind).voting_days)
    payload = {
        "terms": proposal.terms,
        "roll_sha256": roll.sha256,
        "roll_size": roll.size,
        "closes_at": proposal.closes_at.isoformat(),
    }
    move(proposal, State.VOTING, due_at=proposal.closes_at, payload=payload)


def open_run_off(tied: Proposal, winners: Sequence[str]) -> Proposal:
    """Vote again among those who are level, on the same roll; if they stay level lots are cast."""
    again = Proposal.objects.create(
        kind=tied.kind,
        title=tied.title,
        author=tied.author,
        secret=tied.secret,
        runoff_of=tied,
        preconditions={key: tied.preconditions[key] for key in winners},
    )
    for option in contenders_of(tied):
        if option.key in winners:
            _copy(option, again)
    before = Terms.of_json(tied.terms)
    terms = replace(before, options=tuple(winners), default=None, quorum_squared=Fraction(0), ties="lot")
    assert tied.electorate is not None  # noqa: S101 (it was voted on)
    _open(again, tied.electorate, terms)
    return again


def _copy(option: Option, proposal: Proposal) -> None:
    copy = Option.objects.create(proposal=proposal, key=option.key, title=option.title, proposer=option.proposer)
    if option.current is not None:
        Revision.objects.create(
            option=copy, number=1, body=option.current.body, action=option.current.action, author=option.current.author
        )


def open_confirmation(held: Proposal, reason: str) -> Proposal:
    """Ask the members whether what they passed shall be carried out in spite of `reason`.

    The title is the same in every language; what is asked its page says in the reader's.
    """
    vote = Proposal.objects.create(
        kind=held.kind,
        title=f"#{held.pk}: {held.title}"[:TITLE_MAX_LENGTH],
        author=held.author,
        confirms=held,
        preconditions={"a": action_of("none").found({})},
    )
    option = Option.objects.create(proposal=vote, key="a", title=vote.title)
    Revision.objects.create(option=option, number=1, body=reason, action={"verb": "none", "params": {}})
    Option.objects.create(proposal=vote, key=DEFAULT_KEY, title=DEFAULT_TITLE, is_default=True)
    open_vote(vote)
    return vote
