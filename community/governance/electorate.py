"""Who may vote, and the roll that is fixed when a vote opens.

What counts as a contribution the slices register that know; here it is a thread that somebody else settled.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from community.discussions.models import Event, EventKind, ThreadStatus
from community.governance.counting.count import sha256_of
from community.governance.models import Electorate, ElectorateMember, Proposal
from community.governance.rules import ACTIVE_WITHIN, MEMBER_FOR, sponsors_needed
from community.members.models import User
from hub.core.batches import batched

Source = Callable[[datetime], QuerySet[Any, Any]]  # ids of members who have contributed since then
_sources: list[Source] = []
_ROWS = 5_000


def register(source: Source) -> None:
    """Let `source` tell who has contributed, from the start of the process on."""
    if source not in _sources:
        _sources.append(source)


def settled_threads(since: datetime) -> QuerySet[Any, Any]:
    """Who began a thread that somebody else closed or merged."""
    settled = Event.objects.filter(
        kind=EventKind.STATUS,
        created_at__gte=since,
        thread__status__in=[ThreadStatus.CLOSED, ThreadStatus.MERGED],
        thread__hidden=False,
    )
    return settled.exclude(author=F("thread__author")).order_by().values("thread__author")


register(settled_threads)


def eligible() -> QuerySet[User]:
    """Who would be on a roll that were taken now, but for exceptions."""
    now = timezone.now()
    contributed = Q(pk__in=[])
    for source in _sources:
        contributed |= Q(pk__in=source(now - ACTIVE_WITHIN))
    people = User.objects.filter(is_active=True, namespace__isnull=False, date_joined__lte=now - MEMBER_FOR)
    return people.filter(contributed)


def sponsors_needed_now() -> int:
    return sponsors_needed(eligible().count())


def take_roll(proposal: Proposal) -> Electorate:
    """The roll as it is now, with those whom officers let in; the same one for votes that open on one day with it."""
    let_in = User.objects.filter(pk__in=proposal.roll_requests.filter(granted=True).values("member"), is_active=True)
    people = {**dict(eligible().values_list("username", "pk")), **dict(let_in.values_list("username", "pk"))}
    sha256 = sha256_of(lines(people))
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    same = Electorate.objects.filter(sha256=sha256, taken_at__gte=today, taken_at__lt=today + timedelta(days=1)).first()
    if same is not None:
        return same
    electorate = Electorate.objects.create(size=len(people), sha256=sha256)
    for names in batched(sorted(people), _ROWS):
        ElectorateMember.objects.bulk_create(
            ElectorateMember(electorate=electorate, user_id=people[name], username=name) for name in names
        )
    return electorate


def lines(names: Iterable[str]) -> str:
    """Names as they are published: sorted, one a line."""
    return "".join(f"{name}\n" for name in sorted(names))
