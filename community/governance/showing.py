"""A proposal ready to be shown: its options with what they would change, and what the reader may do about it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from community.discussions.revisions import Line, difference
from community.discussions.timeline import comments_html
from community.governance import queries
from community.governance.actions import Change, find_action
from community.governance.errors import ActionRefused, UnknownVerb
from community.governance.models import Option, Proposal, Revision, RevisionStatus, Sponsorship, State
from community.governance.offices import is_maintainer, is_officer
from community.governance.proposing import member_field
from community.governance.rules import suspending_sponsors
from community.governance.suspending import was_voted_on
from community.members.actors import Actor
from community.members.models import User
from hub.core.markdown.rendering import Base

logger = logging.getLogger(__name__)
BASE = Base(media="/", links="/")
_OPEN_TEXT = {State.SECONDING, State.DISCUSSION}
_UNDECIDED = {State.DRAFT, State.NOTICE, State.FROZEN, State.VOTING, State.PASSED, State.HELD, *_OPEN_TEXT}


@dataclass(frozen=True)
class Deeds:
    """What to offer a reader; the services check again."""

    member: User | None = None
    eligible: bool = False
    author: bool = False
    officer: bool = False
    maintainer: bool = False
    voter: bool = False
    voted: bool = False
    asked: bool = False  # to be on the roll

    @property
    def may_enact(self) -> bool:
        """As `offices.may_enact`."""
        return self.maintainer or self.officer


def deeds_of(actor: Actor, proposal: Proposal) -> Deeds:
    """A fixed number of queries; none for passers-by."""
    member = actor.user
    if member is None:
        return Deeds()
    eligible = queries.is_eligible(member)
    return Deeds(
        member=member,
        eligible=eligible,
        author=proposal.author_id == member.pk,
        officer=is_officer(member),
        maintainer=is_maintainer(member),
        voter=queries.on_roll(member, proposal.electorate) is not None,
        voted=queries.has_voted(member, proposal),
        asked=not eligible and queries.has_asked(member, proposal),
    )


@dataclass(frozen=True)
class Effect:
    """What an action leads to: `changes` as long as nothing is decided, and why it could not be done now."""

    sentence: str
    changes: Sequence[Change] = ()
    refusal: str = ""


def effect_of(action: Mapping[str, Any], *, decided: bool) -> Effect:
    verb, params = action.get("verb", "none"), action.get("params", {})
    known = find_action(verb)
    if known is None:
        return Effect(UnknownVerb(verb).message)
    sentence = str(known.title)
    try:
        sentence = known.describe(params)
        if decided:
            return Effect(sentence)
        known.check(params)
        return Effect(sentence, known.changes(params))
    except ActionRefused as refusal:
        return Effect(sentence, refusal=refusal.message)
    except Exception:  # a bug in one action must not take the page from those who decide on it
        logger.exception("What %s would change cannot be shown", verb)
        return Effect(sentence, refusal=_("What it would change cannot be shown: an error of the hub, now in its log."))


@dataclass(frozen=True)
class Amendment:
    """`lines` compare its text with the current one; None if they are too long."""

    revision: Revision
    lines: list[Line] | None
    effect: Effect | None  # where it changes that too


@dataclass(frozen=True)
class ShownOption:
    option: Option
    html: SafeString
    effect: Effect | None
    sponsors: list[User | None]  # None: whose account is gone
    revisions: int
    amendments: list[Amendment]
    own: bool
    sponsored: bool

    @property
    def missing(self) -> int:
        """How many sponsors are still needed."""
        return max(self.option.proposal.sponsors_needed - len(self.sponsors), 0)

    @property
    def suspending(self) -> int | None:
        """How many sponsors suspend at once what it would overrule; None where nothing can be suspended."""
        if not self._about_decision or self.was_voted_on:
            return None
        return suspending_sponsors(self.option.proposal.sponsors_needed)

    @cached_property
    def was_voted_on(self) -> bool:
        """Whether it would overrule what an earlier vote left in force, which no sponsors suspend: one query."""
        return self._about_decision and was_voted_on(self._action)

    @property
    def _about_decision(self) -> bool:
        known = find_action(self._action.get("verb", "none"))
        return known is not None and known.suspends

    @property
    def _action(self) -> Mapping[str, Any]:
        action: Mapping[str, Any] = self.option.current.action if self.option.current is not None else {}
        return action


def shown_options(actor: Actor, proposal: Proposal) -> list[ShownOption]:
    """What may be voted for, with texts; a fixed number of queries, and those that actions need for their previews."""
    options = queries.options_of(proposal)
    texts = comments_html({option.pk: option.current.body for option in options if option.current}, BASE)
    sponsors: dict[int, list[User | None]] = {}
    for row in Sponsorship.objects.filter(option__proposal=proposal).select_related("member").order_by("pk"):
        sponsors.setdefault(row.option_id, []).append(row.member)
    revisions: dict[int, list[Revision]] = {}
    for revision in Revision.objects.filter(option__proposal=proposal).select_related("author"):
        revisions.setdefault(revision.option_id, []).append(revision)
    decided = proposal.state not in _UNDECIDED
    shown = []
    for option in options:
        option.proposal = proposal
        supporters = sponsors.get(option.pk, [])
        shown.append(
            ShownOption(
                option=option,
                html=texts.get(option.pk, SafeString("")),
                effect=_effect(proposal, option, decided=decided),
                sponsors=supporters,
                revisions=len(revisions.get(option.pk, [])),
                amendments=_amendments(option, revisions.get(option.pk, []), decided=decided),
                own=actor.user is not None and option.proposer_id == actor.user.pk,
                sponsored=actor.user is not None and actor.user in supporters,
            )
        )
    return shown


def _effect(proposal: Proposal, option: Option, *, decided: bool) -> Effect | None:
    """Of an option that would do something; what an election leads to its candidates say."""
    if option.current is None or not option.current.action:
        return None
    if option.is_default:
        return Effect(_election_sentence(option.current.action)) if proposal.kind == "election" else None
    return effect_of(option.current.action, decided=decided)


def _election_sentence(action: Mapping[str, Any]) -> str:
    elected = {**action.get("params", {}), member_field(action["verb"]): _("Whoever is elected")}
    effect, seats = effect_of({**action, "params": elected}, decided=True), action.get("seats", 1)
    filled = ngettext("%(seats)d seat is filled. %(action)s", "%(seats)d seats are filled. %(action)s", seats)
    return filled % {"seats": seats, "action": effect.sentence}


def _amendments(option: Option, revisions: Sequence[Revision], *, decided: bool) -> list[Amendment]:
    if option.current is None:
        return []
    current = option.current
    return [
        Amendment(
            revision,
            difference(current.body, revision.body),
            effect_of(revision.action, decided=decided) if revision.action != current.action else None,
        )
        for revision in revisions
        if revision.status == RevisionStatus.PROPOSED
    ]


@dataclass(frozen=True)
class History:
    """A text of an option with what changed since the one before it; the first is whole."""

    revision: Revision
    lines: list[Line] | None


def history_of(option: Option) -> list[History]:
    """Newest first, without amendments that were never its text: one query."""
    kept = [RevisionStatus.CURRENT, RevisionStatus.SUPERSEDED]
    rows = list(option.revisions.filter(status__in=kept).select_related("author"))
    before = ["", *(row.body for row in rows)]
    return [History(row, difference(text, row.body)) for text, row in zip(before, rows, strict=False)][::-1]
