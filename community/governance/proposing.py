"""Write a proposal, with its texts, and bring it before the community; take it back, or take it over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.governance.actions import action_of
from community.governance.electorate import sponsors_needed_now
from community.governance.errors import NotYours, ProposalInvalid, TextInvalid, TitleInvalid, WrongState
from community.governance.models import Option, Proposal, Revision, RevisionStatus, State
from community.governance.offices import is_officer
from community.governance.queries import eligible_member, kind_of, main_option
from community.governance.rules import (
    ADOPTION,
    BODY_MAX_LENGTH,
    DEFAULT_KEY,
    DEFAULT_TITLE,
    FREEZE,
    KINDS,
    MAX_OPTIONS,
    MAX_SEATS,
    MAX_UNFINISHED,
    SECONDING,
    Kind,
    allows,
    extended,
    is_title,
    option_key,
)
from community.governance.suspending import resume, suspend_if_urgent
from community.governance.transitions import check_state, lock, move
from community.members.actors import Actor
from community.members.models import User
from hub.core.jsondata import storable_text


@transaction.atomic
def propose(  # noqa: PLR0913 (all by keyword)
    *, actor: Actor, kind: str, title: str, body: str, action: Mapping[str, Any], secret: bool = True
) -> Proposal:
    """A draft, which only its author sees.

    `action` is {"verb", "params"}. That of an election leaves the member out, whom candidates add, and may have
    "seats". Raises `MemberNeeded`, `NotEligible`, `TitleInvalid`, `TextInvalid`, `ProposalInvalid`, `UnknownVerb`,
    `ActionRefused`.
    """
    author = eligible_member(actor)
    _check_room(author)
    rules = _kind_called(kind)
    if rules.people and not secret:
        raise ProposalInvalid(_("Votes about people are always secret."))
    title, body, action = check_title(title), check_body(body), check_action(rules, action)
    proposal = Proposal.objects.create(kind=kind, title=title, author=author, secret=secret)
    election = kind == "election"
    if not election:
        add_option_row(proposal, title, body, action, author)
    default = Option.objects.create(
        proposal=proposal,
        key=DEFAULT_KEY,
        title=DEFAULT_TITLE,
        is_default=True,
        proposer=author if election else None,
    )
    if election:
        Revision.objects.create(option=default, number=1, body=body, action=dict(action), author=author)
    return proposal


def _check_room(author: User) -> None:
    unfinished = [State.DRAFT, State.SECONDING, State.NOTICE, State.DISCUSSION]
    if Proposal.objects.filter(author=author, state__in=unfinished).count() >= MAX_UNFINISHED:
        raise ProposalInvalid(_("You have %d proposals under way: bring one to its end first.") % MAX_UNFINISHED)


def _kind_called(kind: str) -> Kind:
    if kind not in KINDS:
        raise ProposalInvalid(_("The kinds of proposals are: %s.") % ", ".join(KINDS))
    return kind_of(kind)


def check_title(title: str) -> str:
    """Raises `TitleInvalid`."""
    title = storable_text(title).strip()
    if not is_title(title):
        raise TitleInvalid
    return title


def check_body(body: str, most: int = BODY_MAX_LENGTH) -> str:
    """Raises `TextInvalid`."""
    body = storable_text(body).strip()
    if not 0 < len(body) <= most:
        raise TextInvalid(most)
    return body


def check_action(kind: Kind, action: Mapping[str, Any]) -> dict[str, Any]:
    """`action` as it is kept. Raises `ProposalInvalid`, `UnknownVerb`, `ActionRefused`."""
    verb, params = action.get("verb"), action.get("params") or {}
    if not isinstance(verb, str) or not allows(kind, verb):
        raise ProposalInvalid(_("A proposal of this kind may lead to: %s.") % ", ".join(kind.verbs))
    known = action_of(verb)
    if kind.key != "election":
        known.check(params)
        return {"verb": verb, "params": params}
    seats = action.get("seats", kind.seats)
    if type(seats) is not int or not 1 <= seats <= MAX_SEATS:
        raise ProposalInvalid(_("An election fills between 1 and %d seats.") % MAX_SEATS)
    if member_field(verb) in params:
        raise ProposalInvalid(_("An election names nobody: candidates stand while it is discussed."))
    for field in known.fields:
        if field.kind != "member":
            field.read(params.get(field.name))
    return {"verb": verb, "params": params, "seats": seats}


def member_field(verb: str) -> str:
    """The parameter of `verb` that names a member."""
    return next(field.name for field in action_of(verb).fields if field.kind == "member")


def add_option_row(proposal: Proposal, title: str, body: str, action: Mapping[str, Any], proposer: User) -> Option:
    """Raises `ProposalInvalid` for one too many."""
    options = proposal.options.filter(is_default=False)
    live = options.filter(withdrawn_at=None)
    if live.filter(proposer=proposer).exists():
        raise ProposalInvalid(_("You have an option in this vote already: change it, or withdraw it first."))
    if live.count() >= MAX_OPTIONS:
        raise ProposalInvalid(_("There are %d options already: agree with one of them.") % MAX_OPTIONS)
    key = option_key(options.count())
    option = Option.objects.create(proposal=proposal, key=key, title=title, proposer=proposer)
    Revision.objects.create(option=option, number=1, body=body, action=dict(action), author=proposer)
    return option


@transaction.atomic
def revise(*, actor: Actor, option: Option, body: str, action: Mapping[str, Any] | None = None) -> Revision:
    """Give an option of yours a new text, and a new action unless that is None; in a discussion this moves its end.

    Raises `MemberNeeded`, `NotEligible`, `NotYours`, `WrongState`, `TextInvalid`, and what `check_action` raises.
    """
    member = eligible_member(actor)
    proposal, option = lock_option(option)
    check_state(proposal, State.DRAFT, State.SECONDING, State.DISCUSSION)
    if option.proposer_id != member.pk:
        raise NotYours
    current = option.revisions.get(status=RevisionStatus.CURRENT)
    text = check_body(body)
    new_action = current.action if action is None else option_action(proposal, option, action)
    return put_text(proposal, option, text, new_action, member)


def lock_option(option: Option) -> tuple[Proposal, Option]:
    """The proposal, locked, and its option as it is now. Raises `WrongState` for one that was withdrawn."""
    proposal = lock(option.proposal_id)
    now = proposal.options.get(pk=option.pk)
    if now.withdrawn_at is not None:
        raise WrongState(_("This option was withdrawn."))
    return proposal, now


def option_action(proposal: Proposal, option: Option | None, action: Mapping[str, Any]) -> dict[str, Any]:
    """What an option of `proposal` may lead to; a candidate's does not change. Raises what `check_action` raises."""
    kind = kind_of(proposal.kind)
    if kind.key == "election" and option is not None and not option.is_default:
        raise ProposalInvalid(_("What an election leads to stands in its announcement."))
    return check_action(kind, action)


def put_text(proposal: Proposal, option: Option, body: str, action: Mapping[str, Any], author: User) -> Revision:
    """Make `body` the current text of an option. The caller holds `proposal` locked."""
    if proposal.state == State.DRAFT:
        current = option.revisions.get(status=RevisionStatus.CURRENT)
        current.body, current.action = body, dict(action)
        current.save(update_fields=["body", "action"])
        return current
    last = option.revisions.latest("number")
    supersede(proposal, option, action)
    revision = Revision.objects.create(
        option=option, number=last.number + 1, body=body, action=dict(action), author=author
    )
    leave_time_to_read(proposal)
    return revision


def supersede(proposal: Proposal, option: Option, action: Mapping[str, Any]) -> None:
    """Make room for another current text; one that leads to another `action` suspends nothing any more."""
    current = option.revisions.get(status=RevisionStatus.CURRENT)
    if current.action != action:
        resume(proposal, [option])
    current.status = RevisionStatus.SUPERSEDED
    current.save(update_fields=["status"])


def leave_time_to_read(proposal: Proposal) -> None:
    """After something new in a discussion its end moves, never past its longest."""
    if proposal.state != State.DISCUSSION or proposal.discussion_ends_at is None or proposal.discussion_max_at is None:
        return
    ends = extended(proposal.discussion_ends_at, proposal.discussion_max_at, timezone.now())
    proposal.discussion_ends_at, proposal.opens_at, proposal.due_at = ends, ends, ends - FREEZE
    proposal.save(update_fields=["discussion_ends_at", "opens_at", "due_at"])


@transaction.atomic
def rename(*, actor: Actor, proposal: Proposal, title: str) -> Proposal:
    """Raises `MemberNeeded`, `NotEligible`, `NotYours`, `WrongState`, `TitleInvalid`."""
    locked = _own(actor, proposal)
    check_state(locked, State.DRAFT, State.SECONDING)
    locked.title = check_title(title)
    locked.save(update_fields=["title"])
    if locked.kind != "election":
        locked.options.filter(pk=main_option(locked).pk).update(title=locked.title)
    return locked


def _own(actor: Actor, proposal: Proposal) -> Proposal:
    member = eligible_member(actor)
    locked = lock(proposal.pk)
    if locked.author_id != member.pk:
        raise NotYours
    return locked


@transaction.atomic
def discard(*, actor: Actor, proposal: Proposal) -> None:
    """Delete a draft of yours. Raises `MemberNeeded`, `NotEligible`, `NotYours`, `WrongState`."""
    locked = _own(actor, proposal)
    check_state(locked, State.DRAFT)
    locked.delete()


@transaction.atomic
def submit(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Show a draft to everybody: it looks for sponsors; one of the lazy lane is announced.

    An election that an election officer announces needs no sponsors. Raises `MemberNeeded`, `NotEligible`, `NotYours`,
    `WrongState`, and what `check_action` raises.
    """
    locked = _own(actor, proposal)
    check_state(locked, State.DRAFT)
    author, kind = eligible_member(actor), kind_of(locked.kind)
    option = main_option(locked)
    action = check_action(kind, option.revisions.get(status=RevisionStatus.CURRENT).action)
    locked.sponsors_needed = sponsors_needed_now()
    if kind.lazy:
        locked.preconditions = {option.key: action_of(action["verb"]).found(action["params"])}
        locked.save(update_fields=["preconditions"])
        move(locked, State.NOTICE, actor=author, due_at=timezone.now() + timedelta(hours=kind.notice_hours))
        return locked
    if kind.key == "election" and is_officer(author):
        locked.sponsors_needed = 0
    move(locked, State.SECONDING, actor=author, due_at=timezone.now() + SECONDING)
    discuss_if_seconded(locked, option)
    return locked


def discuss_if_seconded(proposal: Proposal, option: Option) -> None:
    """Open the discussion if `option` has its sponsors. The caller holds `proposal` locked."""
    seconded = option.sponsorships.count() >= proposal.sponsors_needed
    if proposal.state == State.SECONDING and seconded:
        begin_discussion(proposal)


def begin_discussion(proposal: Proposal) -> None:
    kind, now = kind_of(proposal.kind), timezone.now()
    ends = now + timedelta(days=kind.discussion_days)
    proposal.discussion_ends_at = proposal.opens_at = ends
    proposal.discussion_max_at = now + timedelta(days=kind.longest_days)
    move(proposal, State.DISCUSSION, due_at=ends - FREEZE)


@transaction.atomic
def withdraw(*, actor: Actor, option: Option) -> Proposal:
    """Take back an option of yours, or your candidacy. With the last one the proposal is withdrawn, and for a day
    anybody who may vote can adopt it.

    Raises `MemberNeeded`, `NotYours`, `WrongState`.
    """
    member = eligible_member(actor)
    if option.proposal.state == State.NOTICE:
        return _withdraw_announced(member, option)
    proposal, option = lock_option(option)
    check_state(proposal, State.SECONDING, State.DISCUSSION)
    if option.proposer_id != member.pk:
        raise NotYours
    if not option.is_default:
        option.withdrawn_at = timezone.now()
        option.save(update_fields=["withdrawn_at"])
        resume(proposal, [option])
    left = proposal.options.filter(is_default=False, withdrawn_at=None)
    if option.is_default or (proposal.kind != "election" and not left.exists()):
        move(proposal, State.WITHDRAWN, actor=member, due_at=timezone.now() + ADOPTION)
    return proposal


def _withdraw_announced(member: User, option: Option) -> Proposal:
    proposal = lock(option.proposal_id)
    check_state(proposal, State.NOTICE)
    if proposal.author_id != member.pk:
        raise NotYours
    move(proposal, State.WITHDRAWN, actor=member)
    return proposal


@transaction.atomic
def adopt(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Take over a proposal within a day after it was withdrawn: it goes on where it was, its sponsors stay.

    Raises `MemberNeeded`, `NotEligible`, `WrongState`.
    """
    member = eligible_member(actor)
    locked = lock(proposal.pk)
    check_state(locked, State.WITHDRAWN)
    if locked.due_at is None or locked.due_at <= timezone.now():
        raise WrongState(_("The time to adopt it is over: propose it anew."))
    locked.author = member
    main = main_option(locked)
    main.sponsorships.filter(member=member).delete()
    suspend_if_urgent(locked, main)
    if locked.discussion_ends_at is not None:
        move(locked, State.DISCUSSION, actor=member, due_at=locked.discussion_ends_at - FREEZE)
    else:
        move(locked, State.SECONDING, actor=member, due_at=timezone.now() + SECONDING)
    main.proposer, main.withdrawn_at = member, None
    main.save(update_fields=["proposer", "withdrawn_at"])
    return locked
