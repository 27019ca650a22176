"""Reads: what everybody may know of proposals. Of an open vote that is the turnout, and nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from community.governance.electorate import eligible
from community.governance.errors import MemberNeeded, NotEligible, NotInOffice, ProposalNotFound
from community.governance.models import (
    AuditEvent,
    Electorate,
    ElectorateMember,
    Option,
    Participation,
    Proposal,
    Revision,
    RevisionStatus,
    Role,
    RollRequest,
    RuleValue,
    State,
)
from community.governance.offices import is_maintainer, is_officer
from community.governance.rules import COUNTED, DEFAULT_KEY, KINDS, Kind, with_values
from community.governance.words import KIND_TITLES, Text, rule_words
from community.members.actors import Actor
from community.members.models import TokenKind, User


def kind_of(key: str) -> Kind:
    """A kind as votes have set it until now: one query."""
    return with_values(KINDS[key], dict(RuleValue.objects.filter(kind=key).values_list("name", "value")))


def all_kinds() -> list[Kind]:
    """One query."""
    values: dict[str, dict[str, str]] = {}
    for kind, name, value in RuleValue.objects.values_list("kind", "name", "value"):
        values.setdefault(kind, {})[name] = value
    return [with_values(kind, values.get(key, {})) for key, kind in KINDS.items()]


@dataclass(frozen=True)
class ChangedRule:
    """What a vote set, in words."""

    kind: Text
    rule: Text
    value: Text
    proposal_id: int


def changed_rules() -> list[ChangedRule]:
    """One query."""
    rows = RuleValue.objects.order_by("kind", "name")
    return [ChangedRule(KIND_TITLES[row.kind], *rule_words(row.name, row.value), row.proposal_id) for row in rows]


def acting_member(actor: Actor) -> User:
    """The member who decides, by a session or a token that may write everything. Raises `MemberNeeded`."""
    if actor.user is None or (actor.token is not None and actor.token.kind != TokenKind.WRITE):
        raise MemberNeeded
    return actor.user


def is_eligible(user: User) -> bool:
    return eligible().filter(pk=user.pk).exists()


def eligible_member(actor: Actor) -> User:
    """The member, who could vote now, behind `actor`. Raises `MemberNeeded`, `NotEligible`."""
    member = acting_member(actor)
    if not is_eligible(member):
        raise NotEligible
    return member


def acting_officer(actor: Actor) -> User:
    """Raises `MemberNeeded`, `NotInOffice`."""
    member = acting_member(actor)
    if not is_officer(member):
        raise NotInOffice(str(Role.OFFICER.label))
    return member


def acting_maintainer(actor: Actor) -> User:
    """Raises `MemberNeeded`, `NotInOffice`."""
    member = acting_member(actor)
    if not is_maintainer(member):
        raise NotInOffice(str(Role.MAINTAINER.label))
    return member


def visible_proposals(actor: Actor) -> QuerySet[Proposal]:
    """All but others' drafts."""
    own = Q(author=actor.user) if actor.user is not None else Q(pk__in=[])
    return Proposal.objects.filter(own | ~Q(state=State.DRAFT)).select_related("author", "electorate")


def get_proposal(actor: Actor, proposal_id: int) -> Proposal:
    """Raises `ProposalNotFound`."""
    proposal = visible_proposals(actor).filter(pk=proposal_id).first()
    if proposal is None:
        raise ProposalNotFound
    return proposal


def options_of(proposal: Proposal) -> list[Option]:
    """What may be voted for, of a withdrawn proposal what may be adopted; the default last, with ``.current`` (a
    `Revision`, None of a default without a text): two queries, or three.
    """
    shown = Q(withdrawn_at=None)
    if proposal.state == State.WITHDRAWN:
        shown |= Q(pk=main_option(proposal).pk)
    options = list(proposal.options.filter(shown).select_related("proposer"))
    texts = {revision.option_id: revision for revision in _current(options)}
    for option in options:
        option.current = texts.get(option.pk)
    return sorted(options, key=lambda option: option.is_default)


def _current(options: list[Option]) -> QuerySet[Revision]:
    return Revision.objects.filter(option__in=options, status=RevisionStatus.CURRENT).select_related("author")


def contenders_of(proposal: Proposal) -> list[Option]:
    """What of `options_of` would change something: all but the default."""
    return [option for option in options_of(proposal) if not option.is_default]


def main_option(proposal: Proposal) -> Option:
    """The option that carries the text of the proposal itself: the first that was not withdrawn, else the last that
    was. Of an election, whose others are candidates, it is the default one.
    """
    if proposal.kind == "election":
        return proposal.options.get(key=DEFAULT_KEY)
    options = proposal.options.filter(is_default=False)
    return options.order_by(F("withdrawn_at").desc(nulls_first=True), "pk")[0]


@dataclass(frozen=True)
class Turnout:
    """How many have voted, of how many."""

    voted: int
    roll: int


def turnout(proposal: Proposal) -> Turnout | None:
    """None before voting opens: one query."""
    if proposal.electorate is None:
        return None
    return Turnout(proposal.participations.count(), proposal.electorate.size)


def turnouts(proposals: Collection[Proposal]) -> dict[int, Turnout]:
    """{proposal: turnout} of those that are or were voted on: one query."""
    rows = Participation.objects.filter(proposal__in=proposals).order_by().values_list("proposal")
    voted = dict(rows.annotate(number=Count("pk")))
    return {row.pk: Turnout(voted.get(row.pk, 0), row.electorate.size) for row in proposals if row.electorate}


def result_of(proposal: Proposal) -> Mapping[str, Any] | None:
    """What `recount.py` takes; None until the vote is counted, whatever the row holds."""
    if proposal.state not in COUNTED or not proposal.result:
        return None
    result: Mapping[str, Any] = proposal.result
    return result


def roll_of(proposal: Proposal) -> QuerySet[ElectorateMember]:
    """By name; of those who left only the name."""
    return ElectorateMember.objects.filter(electorate=proposal.electorate_id).order_by("username")


def on_roll(user: User, electorate: Electorate | None) -> ElectorateMember | None:
    return ElectorateMember.objects.filter(electorate=electorate, user=user).first() if electorate else None


def has_voted(user: User, proposal: Proposal) -> bool:
    return Participation.objects.filter(proposal=proposal, member__user=user).exists()


def has_asked(user: User, proposal: Proposal) -> bool:
    """To be on its roll."""
    return RollRequest.objects.filter(proposal=proposal, member=user).exists()


@dataclass(frozen=True)
class Waiting:
    """What waits for one member: votes, amendments of their texts, and as an officer requests to be on a roll."""

    votes: list[Proposal]
    amendments: list[Revision]
    requests: list[RollRequest]


def waiting_for(actor: Actor) -> Waiting:
    """Three or four queries; nothing for those who have not signed in."""
    if actor.user is None:
        return Waiting([], [], [])
    voted = Participation.objects.filter(proposal=OuterRef("pk"), member__user=actor.user)
    votes = Proposal.objects.filter(state=State.VOTING, electorate__members__user=actor.user)
    amendments = Revision.objects.filter(
        status=RevisionStatus.PROPOSED,
        option__proposer=actor.user,
        option__withdrawn_at=None,
        option__proposal__state__in=[State.SECONDING, State.DISCUSSION],
    )
    requests = RollRequest.objects.filter(
        granted=None, member__isnull=False, proposal__state__in=[State.DISCUSSION, State.FROZEN]
    )
    officer = is_officer(actor.user)
    return Waiting(
        list(votes.filter(~Exists(voted)).order_by("closes_at")),
        list(amendments.select_related("option__proposal", "author")),
        list(requests.select_related("proposal", "member")) if officer else [],
    )


def events_of(proposal: Proposal) -> QuerySet[AuditEvent]:
    """The lines of the log about `proposal`, oldest first."""
    return proposal.events.order_by("pk")
