"""Whom proposals tell what: those who had a hand in one hear how it goes on, those on a roll that they may vote."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.discussions.models import Event
from community.governance.models import Participation, Proposal, Role, State
from community.governance.offices import offices_now
from community.governance.subject import KIND
from community.members.models import User
from community.notifications.models import Notification
from community.notifications.services import notify
from community.notifications.topics import Topic

OPENED = Topic("vote-open", _("You may vote: %(what)s"), below="/vote")
SOON = Topic("vote-72h", _("Voting ends within three days, and you have not voted: %(what)s"), below="/vote")
VERY_SOON = Topic("vote-24h", _("Voting ends within a day, and you have not voted: %(what)s"), below="/vote")
_STATES = {
    State.DISCUSSION: Topic("proposal-talk", _("The discussion has begun: %(what)s")),
    State.PASSED: Topic("proposal-passed", _("Passed: %(what)s")),
    State.REJECTED: Topic("proposal-rejected", _("Rejected: %(what)s"), below="/result"),
    State.NO_QUORUM: Topic("proposal-quorum", _("Too few approvals: %(what)s"), below="/result"),
    State.TIED: Topic("proposal-tied", _("A tie: %(what)s"), below="/result"),
    State.ENACTED: Topic("proposal-enacted", _("Carried out: %(what)s")),
    State.ENACT_FAILED: Topic("proposal-failed", _("Passed, but could not be carried out: %(what)s")),
    State.HELD: Topic("proposal-held", _("Held by a maintainer: %(what)s")),
    State.LAPSED: Topic("proposal-lapsed", _("Found too few sponsors: %(what)s")),
    State.WITHDRAWN: Topic("proposal-withdrawn", _("Withdrawn, and can be adopted: %(what)s")),
    State.VOID: Topic("proposal-void", _("Voided by an election officer: %(what)s")),
}
TOPICS = (OPENED, SOON, VERY_SOON, *_STATES.values())
_BATCH = 1_000
_LOCK, _LOCK_SECONDS = "governance:reminding", 600


def tell_of_move(proposal: Proposal, _before: str) -> None:
    """A handler of `hooks`. That voting is open `remind` tells, to a roll that may be long."""
    topic = _STATES.get(State(proposal.state))
    if topic is not None:
        recipients = _involved(proposal)
        if proposal.state == State.ENACT_FAILED:
            recipients = recipients | _who_may_mend()
        notify(topic=topic.name, recipients=recipients, kind=KIND, key=proposal.pk)


def _involved(proposal: Proposal) -> QuerySet[User]:
    """Who proposed, sponsored, amended, objected or discussed."""
    wrote = Event.objects.filter(thread__board__kind=KIND, thread__board__key=proposal.pk).values("author")
    options = proposal.options.all()
    return User.objects.filter(
        Q(pk=proposal.author_id)
        | Q(pk__in=options.values("proposer"))
        | Q(pk__in=options.values("sponsorships__member"))
        | Q(pk__in=options.values("revisions__author"))
        | Q(pk__in=proposal.objections.values("member"))
        | Q(pk__in=wrote)
    )


def _who_may_mend() -> QuerySet[User]:
    """Staff, who run the machine, and who may try again (`offices.may_enact`)."""
    offices = offices_now().filter(role__in=[Role.MAINTAINER, Role.OFFICER])
    return User.objects.filter(Q(is_staff=True) | Q(pk__in=offices.values("user")), is_active=True)


def remind() -> None:
    """Tell those on the rolls of open votes who have not voted, once each: when it opens, and 72 and 24 hours before
    the end. A second call at the same time does nothing.
    """
    if not cache.add(_LOCK, 1, timeout=_LOCK_SECONDS):
        return
    try:
        now = timezone.now()
        for vote in Proposal.objects.filter(state=State.VOTING, closes_at__gt=now):
            _tell_the_rest(vote, _stage(vote.closes_at, now))
    finally:
        cache.delete(_LOCK)


def _stage(closes_at: datetime | None, now: datetime) -> Topic:
    left = closes_at - now if closes_at is not None else timedelta.max
    return VERY_SOON if left <= timedelta(hours=24) else SOON if left <= timedelta(hours=72) else OPENED


def _tell_the_rest(vote: Proposal, topic: Topic) -> None:
    """Interrupted, it goes on with those who have not been told."""
    told = Notification.objects.filter(recipient=OuterRef("pk"), topic=topic.name, kind=KIND, key=vote.pk)
    voted = Participation.objects.filter(proposal=vote, member__user=OuterRef("pk"))
    assert vote.electorate is not None  # noqa: S101 (the database refuses a vote without a roll)
    on_roll = User.objects.filter(is_active=True, pk__in=vote.electorate.members.values("user"))
    rest = on_roll.filter(~Exists(told), ~Exists(voted)).order_by("pk")
    while people := list(rest[:_BATCH]):
        notify(topic=topic.name, recipients=people, kind=KIND, key=vote.pk)
