"""What members do with the proposals of others: support them, add options, amend, object, stand."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from community.governance.actions import action_of
from community.governance.errors import NotYours, ProposalInvalid, WrongState
from community.governance.models import (
    Objection,
    Option,
    Proposal,
    Revision,
    RevisionStatus,
    Sponsorship,
    State,
)
from community.governance.proposing import (
    add_option_row,
    begin_discussion,
    check_body,
    check_title,
    discuss_if_seconded,
    leave_time_to_read,
    lock_option,
    member_field,
    option_action,
    supersede,
)
from community.governance.queries import acting_member, eligible_member, main_option
from community.governance.rules import REASON_MAX_LENGTH
from community.governance.suspending import suspend_if_urgent
from community.governance.transitions import check_state, lock
from community.members.actors import Actor


@transaction.atomic
def sponsor(*, actor: Actor, option: Option) -> None:
    """Say that `option` deserves a vote; may be repeated. The last one that it needs opens the discussion.

    Raises `MemberNeeded`, `NotEligible`, `WrongState`; `ProposalInvalid` for an option of one's own.
    """
    member = eligible_member(actor)
    proposal, option = lock_option(option)
    check_state(proposal, State.SECONDING, State.DISCUSSION)
    if option.proposer_id == member.pk:
        raise ProposalInvalid(_("Sponsors are other members than the one who proposes."))
    _sponsorship, created = Sponsorship.objects.get_or_create(option=option, member=member)
    if not created:
        return
    suspend_if_urgent(proposal, option)
    discuss_if_seconded(proposal, option)
    if proposal.state == State.DISCUSSION and option.sponsorships.count() == proposal.sponsors_needed:
        leave_time_to_read(proposal)  # from now on it stands on the ballot


@transaction.atomic
def unsponsor(*, actor: Actor, option: Option) -> None:
    """Take the support back, until the text is frozen; an option that then has too few falls. Raises as `sponsor`."""
    member = acting_member(actor)
    proposal, option = lock_option(option)
    check_state(proposal, State.SECONDING, State.DISCUSSION)
    Sponsorship.objects.filter(option=option, member=member).delete()


@transaction.atomic
def add_option(*, actor: Actor, proposal: Proposal, title: str, body: str, action: Mapping[str, Any]) -> Option:
    """A rival option on the same ballot, if it finds as many sponsors as the proposal did.

    Raises `MemberNeeded`, `NotEligible`, `WrongState`, `ProposalInvalid` in an election, and what `propose` raises.
    """
    member = eligible_member(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.SECONDING, State.DISCUSSION)
    if locked.kind == "election":
        raise ProposalInvalid(_("In an election members stand as candidates."))
    text = check_body(body)
    option = add_option_row(locked, check_title(title), text, option_action(locked, None, action), member)
    if not locked.sponsors_needed:
        leave_time_to_read(locked)
    return option


@transaction.atomic
def stand(*, actor: Actor, proposal: Proposal, body: str) -> Option:
    """Become a candidate of an election, with `body` to say who you are and what for.

    Raises `MemberNeeded`, `NotEligible`, `WrongState`, `TextInvalid`, `ActionRefused`; `ProposalInvalid` a second time.
    """
    member = eligible_member(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.SECONDING, State.DISCUSSION)
    if locked.kind != "election":
        raise ProposalInvalid(_("Members stand in elections only: add an option instead."))
    call = main_option(locked).revisions.get(status=RevisionStatus.CURRENT).action
    params = {**call["params"], member_field(call["verb"]): member.username}
    action_of(call["verb"]).check(params)
    option = add_option_row(locked, member.username, check_body(body), {"verb": call["verb"], "params": params}, member)
    leave_time_to_read(locked)
    return option


@transaction.atomic
def amend(*, actor: Actor, option: Option, body: str, action: Mapping[str, Any] | None = None) -> Revision:
    """Propose another text for the option of somebody else, who accepts or rejects it.

    Raises `MemberNeeded`, `NotEligible`, `WrongState`, `TextInvalid`, and what `check_action` raises.
    """
    member = eligible_member(actor)
    proposal, option = lock_option(option)
    check_state(proposal, State.SECONDING, State.DISCUSSION)
    if option.revisions.filter(author=member, status=RevisionStatus.PROPOSED).exists():
        raise WrongState(_("An amendment of yours waits for an answer: let it be answered first."))
    if proposal.kind == "election":
        raise ProposalInvalid(_("An election is not amended: say in the discussion what should change."))
    current = option.revisions.get(status=RevisionStatus.CURRENT)
    text = check_body(body)
    return Revision.objects.create(
        option=option,
        number=option.revisions.latest("number").number + 1,
        body=text,
        action=current.action if action is None else option_action(proposal, option, action),
        author=member,
        status=RevisionStatus.PROPOSED,
    )


@transaction.atomic
def accept_amendment(*, actor: Actor, revision: Revision) -> Revision:
    """Make an amendment of your option its text. Raises `MemberNeeded`, `NotEligible`, `NotYours`, `WrongState`."""
    proposal, amendment = _own_amendment(actor, revision)
    supersede(proposal, amendment.option, amendment.action)
    amendment.status = RevisionStatus.CURRENT
    amendment.save(update_fields=["status"])
    leave_time_to_read(proposal)
    return amendment


@transaction.atomic
def reject_amendment(*, actor: Actor, revision: Revision) -> None:
    """Its author may then make it a rival option. Raises as `accept_amendment`."""
    _proposal, amendment = _own_amendment(actor, revision)
    amendment.status = RevisionStatus.REJECTED
    amendment.save(update_fields=["status"])


def _own_amendment(actor: Actor, revision: Revision) -> tuple[Proposal, Revision]:
    member = eligible_member(actor)
    proposal, option = lock_option(revision.option)
    check_state(proposal, State.SECONDING, State.DISCUSSION)
    if option.proposer_id != member.pk:
        raise NotYours
    amendment = option.revisions.get(pk=revision.pk)
    if amendment.status != RevisionStatus.PROPOSED:
        raise WrongState(_("This amendment has been answered."))
    return proposal, amendment


@transaction.atomic
def promote_amendment(*, actor: Actor, revision: Revision, title: str) -> Option:
    """Make an amendment of yours that was rejected, or not answered, a rival option.

    Raises as `add_option`, and `NotYours`.
    """
    if revision.author is None or actor.user != revision.author:
        raise NotYours
    if revision.status not in {RevisionStatus.PROPOSED, RevisionStatus.REJECTED}:
        raise WrongState(_("This amendment has been answered."))
    return add_option(
        actor=actor, proposal=revision.option.proposal, title=title, body=revision.body, action=revision.action
    )


@transaction.atomic
def object_to(*, actor: Actor, proposal: Proposal, text: str) -> Objection:
    """Object to a proposal of the lazy lane; as many objections as it would need sponsors send it the long way.

    May be repeated with another text. Raises `MemberNeeded`, `NotEligible`, `WrongState`, `TextInvalid`.
    """
    member = eligible_member(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.NOTICE)
    text = check_body(text, REASON_MAX_LENGTH)
    objection, _created = Objection.objects.update_or_create(proposal=locked, member=member, defaults={"text": text})
    if locked.objections.count() >= max(locked.sponsors_needed, 1):
        begin_discussion(locked)
        locked.kind = "ordinary"
        locked.save(update_fields=["kind"])
    return objection
