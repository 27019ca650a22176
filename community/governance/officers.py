"""What offices are for: to hold what passed, to void a vote, to decide who else is on a roll."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from community.governance import audit
from community.governance.closing import drop_votes
from community.governance.enacting import enact, sentence_of
from community.governance.errors import NotInOffice, ProposalInvalid, WrongState
from community.governance.models import Proposal, Role, RollRequest, State
from community.governance.offices import may_enact
from community.governance.opening import open_confirmation
from community.governance.proposing import check_body
from community.governance.queries import acting_maintainer, acting_member, acting_officer, is_eligible
from community.governance.rules import REASON_MAX_LENGTH, REQUESTS_END
from community.governance.transitions import check_state, lock, move
from community.members.actors import Actor

logger = logging.getLogger(__name__)


@transaction.atomic
def hold(*, actor: Actor, proposal: Proposal, reason: str) -> Proposal:
    """Keep what passed from being carried out, for law or security; the members vote at once on whether it shall be.

    Gives the vote. Raises `MemberNeeded`, `NotInOffice`, `WrongState`, `TextInvalid`.
    """
    maintainer = acting_maintainer(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.PASSED)
    if locked.confirms_id is not None or locked.confirmations.exists():
        raise WrongState(_("The members have been asked once more already: this cannot be held again."))
    locked.reason = check_body(reason, REASON_MAX_LENGTH)
    move(locked, State.HELD, actor=maintainer, payload={"reason": locked.reason})
    return open_confirmation(locked, locked.reason)


@transaction.atomic
def void(*, actor: Actor, proposal: Proposal, reason: str) -> Proposal:
    """End a discussion or a vote for good; what was voted is destroyed uncounted. A new round is a new proposal.

    Raises `MemberNeeded`, `NotInOffice`, `WrongState`, `TextInvalid`; `ProposalInvalid` for a candidate.
    """
    officer = acting_officer(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.DISCUSSION, State.FROZEN, State.VOTING)
    if locked.closes_at is not None and locked.closes_at <= timezone.now():
        raise WrongState(_("Voting is over: what was voted is counted."))
    if locked.options.filter(proposer=officer, withdrawn_at=None).exists():
        raise ProposalInvalid(_("You have an option of your own in this vote: leave this to another officer."))
    locked.reason = check_body(reason, REASON_MAX_LENGTH)
    drop_votes(locked)
    move(locked, State.VOID, actor=officer, payload={"reason": locked.reason})
    if locked.confirms_id is not None:  # what is held waits for an answer
        held = lock(locked.confirms_id)
        open_confirmation(held, held.reason)
    return locked


@transaction.atomic
def enact_again(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Try once more to carry out what could not be; maintainers and election officers may. What keeps it from being
    done now the proposal says. Raises `MemberNeeded`, `NotInOffice`, `WrongState`.
    """
    member = acting_member(actor)
    if not may_enact(member):
        raise NotInOffice(f"{Role.MAINTAINER.label}, {Role.OFFICER.label}")
    locked = lock(proposal.pk)
    check_state(locked, State.ENACT_FAILED)
    with translation.override(settings.LANGUAGE_CODE):  # as `clock.advance`
        try:
            with transaction.atomic():
                enact(locked, actor=member)
        except Exception as error:
            logger.exception("Proposal %d could not be carried out", locked.pk)
            locked = lock(proposal.pk)
            locked.reason = sentence_of(error)
            locked.save(update_fields=["reason"])
    return locked


@transaction.atomic
def request_vote(*, actor: Actor, proposal: Proposal, text: str) -> RollRequest:
    """Ask to be on the roll of a vote, until three days before it opens.

    Raises `MemberNeeded`, `WrongState`, `TextInvalid`; `ProposalInvalid` for those who will be on it anyway.
    """
    member = acting_member(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.SECONDING, State.DISCUSSION)
    if locked.opens_at is not None and locked.opens_at - REQUESTS_END <= timezone.now():
        raise WrongState(_("Requests are taken until 72 hours before voting opens."))
    if is_eligible(member):
        raise ProposalInvalid(_("You will be on the roll without asking."))
    defaults = {"text": check_body(text, REASON_MAX_LENGTH)}
    return RollRequest.objects.get_or_create(proposal=locked, member=member, defaults=defaults)[0]


@transaction.atomic
def decide_request(*, actor: Actor, request: RollRequest, granted: bool) -> RollRequest:
    """Answer a request, until the vote opens. Raises `MemberNeeded`, `NotInOffice`, `WrongState`; `ProposalInvalid`
    for a candidate and for one's own request.
    """
    officer = acting_officer(actor)
    proposal = lock(request.proposal_id)
    check_state(proposal, State.SECONDING, State.DISCUSSION, State.FROZEN)
    candidate = proposal.options.filter(proposer=officer, withdrawn_at=None).exists()
    if candidate or request.member_id == officer.pk:
        raise ProposalInvalid(_("This concerns you: leave it to another officer."))
    request.granted, request.officer = granted, officer
    request.save(update_fields=["granted", "officer"])
    audit.append(
        verb="roll.granted" if granted else "roll.refused",
        actor=officer,
        proposal=proposal,
        payload={"member": request.member.username if request.member is not None else ""},
    )
    return request
