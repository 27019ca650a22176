"""Vote, change one's vote, and find it again. What somebody voted is in no log, no message and no answer of these."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from community.governance.counting.choices import InvalidChoice, canonical
from community.governance.counting.recounting import receipt_tag
from community.governance.counting.terms import Terms
from community.governance.errors import ChoiceInvalid, NotOnRoll, ProposalInvalid, VotingClosed
from community.governance.models import Ballot, BallotLink, ElectorateMember, Participation, Proposal, State
from community.governance.queries import acting_member, on_roll, result_of
from community.governance.triggers import CLOCK, PROPOSAL
from community.members.actors import Actor

RECEIPT_BYTES = 16
_CODE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Receipt:
    """What finds a ballot on the tally sheet: `code`, 32 hexadecimal digits that are shown once and not kept, makes
    the `tag` that stands there. Who changes a vote gets no new code: the first one stays good.
    """

    code: str
    tag: str


def cast(*, actor: Actor, proposal: Proposal, choice: Any) -> Receipt:
    """Vote, or vote anew; `choice` as `counting.choices.canonical` takes it.

    Raises `MemberNeeded`, `VotingClosed`, `NotOnRoll`, `ChoiceInvalid`.
    """
    member = acting_member(actor)
    vote = Proposal.objects.select_related("electorate").get(pk=proposal.pk)
    if vote.state != State.VOTING:
        raise VotingClosed
    voter = on_roll(member, vote.electorate)
    if voter is None:
        raise NotOnRoll
    text = _canonical(choice, vote)
    try:
        return _write(vote, voter, text)
    except IntegrityError:  # the same member was first in another window: now this is a change
        return _write(vote, voter, text)


def _canonical(choice: Any, vote: Proposal) -> str:
    try:
        return canonical(choice, Terms.of_json(vote.terms))
    except InvalidChoice as problem:
        raise ChoiceInvalid(str(problem)) from problem
    except (TypeError, ValueError, RecursionError) as problem:  # unhashable, or nested without end
        raise ChoiceInvalid(_("This is not a ballot of this vote.")) from problem


@transaction.atomic
def _write(vote: Proposal, voter: ElectorateMember, choice: str) -> Receipt:
    _hold_open(vote)
    links = BallotLink.objects.filter(participation__proposal=vote, participation__member=voter)
    known = links.select_related("ballot").first()
    if known is not None:
        Ballot.objects.filter(pk=known.ballot_id).update(choice=choice)
        return Receipt("", known.ballot.tag)
    code = secrets.token_hex(RECEIPT_BYTES)
    ballot = Ballot(proposal=vote, tag=receipt_tag(code, vote.pk, voter.username), choice=choice)
    participation = Participation.objects.create(proposal=vote, member=voter)
    ballot.save(force_insert=True)
    BallotLink.objects.create(participation=participation, ballot=ballot)
    return Receipt(code, ballot.tag)


def _hold_open(vote: Proposal) -> None:
    """Whoever counts waits until this transaction ends; others may vote meanwhile. Raises `VotingClosed`.

    Before any ballot is touched: the triggers ask the same, but with a ballot locked they would wait crosswise.
    """
    vendor = connection.vendor
    is_open = f"SELECT 1 FROM {PROPOSAL} WHERE id = %s AND state = 'voting' AND closes_at > {CLOCK[vendor]}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(is_open + " FOR SHARE" * (vendor == "postgresql"), [vote.pk])
        if cursor.fetchone() is None:
            raise VotingClosed


@dataclass(frozen=True)
class Found:
    """Whether a receipt's ballot is there; its `choice` (canonical) once the vote is counted, else ""."""

    there: bool
    choice: str = ""


def check_receipt(*, proposal: Proposal, code: str, username: str) -> Found:
    """What became of a ballot, for whoever holds its receipt. Raises `ProposalInvalid` for what is no receipt."""
    code = code.strip().lower()
    if not _CODE.fullmatch(code):
        raise ProposalInvalid(_("A receipt has 32 digits, 0 to 9 and a to f."))
    ballot = Ballot.objects.filter(proposal=proposal, tag=receipt_tag(code, proposal.pk, username)).first()
    if ballot is None:
        return Found(there=False)
    return Found(there=True, choice=ballot.choice if result_of(proposal) is not None else "")
