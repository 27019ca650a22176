"""Whether log, rolls, ballots and results still agree with each other: everything is hashed and counted again."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.db import transaction

from community.governance.audit import head_hash
from community.governance.closing import sheet_of, voters_of
from community.governance.counting.count import sha256_of
from community.governance.counting.recounting import problems_of
from community.governance.electorate import lines
from community.governance.models import AuditEvent, BallotLink, Electorate, Proposal, State
from community.governance.opening import texts_of
from community.governance.queries import options_of
from community.governance.transitions import lock


def problems() -> Iterator[str]:
    """A sentence for each thing that does not fit. Reads every row of governance, one vote after the other."""
    yield from _problems_of_log()
    for electorate in Electorate.objects.order_by("pk").iterator():
        names = list(electorate.members.values_list("username", flat=True))
        if len(names) != electorate.size or sha256_of(lines(names)) != electorate.sha256:
            yield f"Roll {electorate.pk} is not the one that was taken."
    for proposal_id in Proposal.objects.exclude(state=State.DRAFT).order_by("pk").values_list("pk", flat=True):
        for problem in _problems_of_proposal(proposal_id):
            yield f"Proposal #{proposal_id}: {problem}"


def _problems_of_log() -> Iterator[str]:
    head = head_hash()
    last = AuditEvent.objects.filter(hash=head).values_list("pk", flat=True).first() or 0
    previous = ""
    for event in AuditEvent.objects.filter(pk__lte=last).order_by("pk").iterator():  # others may be adding to it
        if event.previous != previous:
            yield f"Line {event.pk} of the log does not follow the line before it: lines are missing or in disorder."
        if event.hash != sha256_of(f"{event.previous}\n{event.body}"):
            yield f"Line {event.pk} of the log was changed."
        elif json.loads(event.body)["proposal"] != event.proposal_id:
            yield f"Line {event.pk} of the log is filed under another proposal than the one that it is about."
        previous = event.hash
    if previous != head:
        yield "The last line that was written to the log is not there."


@transaction.atomic
def _problems_of_proposal(proposal_id: int) -> list[str]:
    proposal = lock(proposal_id)  # it may be going on just now
    payloads = [json.loads(event.body)["payload"] for event in proposal.events.order_by("pk")]
    moves = [payload for payload in payloads if "to" in payload]
    return [*_problems_of_steps(proposal, moves), *_problems_of_vote(proposal, {move["to"]: move for move in moves})]


def _problems_of_steps(proposal: Proposal, moves: list[dict[str, Any]]) -> Iterator[str]:
    if not moves or moves[-1]["to"] != proposal.state:
        yield "The log knows another state."
    if any(move["to"] != following["from"] for move, following in pairwise(moves)):
        yield "The log misses a step."


def _problems_of_vote(proposal: Proposal, moves: dict[str, dict[str, Any]]) -> Iterator[str]:
    """`moves` by the state that they led to."""
    frozen, opened = moves.get(State.FROZEN), moves.get(State.VOTING)
    if frozen is not None and frozen["texts"] != texts_of(options_of(proposal)):
        yield "A text is not the one that was frozen."
    if opened is not None and opened["terms"] != proposal.terms:
        yield "The terms are not those that the vote was opened with."
    if opened is not None and (proposal.electorate is None or proposal.electorate.sha256 != opened["roll_sha256"]):
        yield "The roll is not the one that the vote was opened with."
    counted = next((move["result"] for move in moves.values() if "result" in move), None)
    if counted is not None:
        yield from _problems_of_count(proposal, counted)
    elif proposal.result:
        yield "There is a result that nobody counted."


def _problems_of_count(proposal: Proposal, counted: dict[str, Any]) -> Iterator[str]:
    if proposal.result != counted:
        yield "The result is not the one that was counted."
    if proposal.secret and BallotLink.objects.filter(participation__proposal=proposal).exists():
        yield "Secret ballots still say whose they are."
    if proposal.electorate is None:
        return
    kind, sheet = sheet_of(proposal)
    if kind != counted["sheet"]:
        yield "The ballots are not those that were counted."
        return
    roll = lines(proposal.electorate.members.values_list("username", flat=True))
    yield from problems_of(counted, sheet, voters_of(proposal), roll)
