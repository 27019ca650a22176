"""A vote that is open, made of rows, and a database that tests can empty again."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from community.governance import clock, electorate, triggers
from community.governance.casting import Receipt, cast
from community.governance.counting.terms import Terms, approvals_needed_squared
from community.governance.models import Electorate, ElectorateMember, Option, Proposal, Revision, State
from community.governance.proposing import propose, submit
from community.governance.queries import main_option
from community.governance.rules import DEFAULT_TITLE
from community.governance.sponsoring import add_option, sponsor
from community.members.actors import Actor
from community.members.models import Namespace, User
from tests.factories.members import MemberFactory


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Real transactions. What they leave behind the triggers would keep for ever."""
    yield
    triggers.remove(connection)  # flushing the tables puts them back


@pytest.fixture
def roll(db: None) -> Electorate:
    """Six members."""
    members = MemberFactory.create_batch(6)
    electorate = Electorate.objects.create(size=6, sha256="0" * 64)
    ElectorateMember.objects.bulk_create(
        ElectorateMember(electorate=electorate, user=user, username=user.username) for user in members
    )
    return electorate


@pytest.fixture
def vote(roll: Electorate, alice: User) -> Proposal:
    """Alice's question to the roll, open for a week."""
    return open_vote(roll, alice)


def open_vote(roll: Electorate, author: User, terms: Terms | None = None, *, public: bool = False) -> Proposal:
    proposal = Proposal.objects.create(
        kind="ordinary", title="A question", author=author, state="discussion", secret=not public
    )
    option = Option.objects.create(proposal=proposal, key="a", title="Yes to all", proposer=author)
    Revision.objects.create(option=option, number=1, body="All of it.", action={"verb": "none", "params": {}})
    Option.objects.create(proposal=proposal, key="none", title=DEFAULT_TITLE, is_default=True)
    for state in ("frozen", "voting"):
        proposal.state = state
        now = timezone.now()
        proposal.opens_at, proposal.closes_at, proposal.electorate = now, now + timedelta(days=7), roll
        terms = terms or Terms("yesno", (), quorum_squared=approvals_needed_squared(roll.size))
        proposal.terms = terms.as_json()
        proposal.save()
    return proposal


def let_end(proposal: Proposal) -> None:
    """Let the time of voting be over, which no program may do."""
    triggers.remove(connection)
    now = timezone.now()
    Proposal.objects.filter(pk=proposal.pk).update(closes_at=now - timedelta(seconds=1), due_at=now)
    triggers.install(connection)
    proposal.refresh_from_db()


@pytest.fixture
def everybody_may_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has been here for long enough has contributed."""
    monkeypatch.setattr(electorate, "_sources", [lambda _since: User.objects.values("pk")])


@pytest.fixture
def members(db: None, everybody_may_vote: None) -> list[Actor]:
    """Sixteen members who may vote: two sponsors are needed, and six approvals."""
    return make_members(16)


def make_members(number: int) -> list[Actor]:
    """Members ``m00``, ``m01`` … for a hundred days, in two statements."""
    names = [f"m{place:02}" for place in range(number)]
    namespaces = Namespace.objects.bulk_create(Namespace(name=name) for name in names)
    joined = timezone.now() - timedelta(days=100)
    users = User.objects.bulk_create(
        User(username=namespace.name, namespace=namespace, email=f"{namespace.name}@example.org", date_joined=joined)
        for namespace in namespaces
    )
    return [Actor(user=user) for user in users]


STATEMENT = {"verb": "none", "params": {}}


def seconded(members: Sequence[Actor], kind: str = "ordinary", **wish: Any) -> Proposal:
    """A proposal of the first member, in discussion with the next ones as its sponsors."""
    wish = {"title": "A question", "body": "All of it.", "action": STATEMENT, **wish}
    proposal = submit(actor=members[0], proposal=propose(actor=members[0], kind=kind, **wish))
    for actor in members[1 : 1 + proposal.sponsors_needed]:
        sponsor(actor=actor, option=main_option(proposal))
    proposal.refresh_from_db()
    return proposal


def rival(members: Sequence[Actor], proposal: Proposal, title: str) -> Option:
    """Another option, of the first of `members`, with the next ones as its sponsors."""
    option = add_option(actor=members[0], proposal=proposal, title=title, body=f"Rather {title}.", action=STATEMENT)
    for actor in members[1 : 1 + proposal.sponsors_needed]:
        sponsor(actor=actor, option=option)
    return option


def opened(members: Sequence[Actor], *rivals: str, **wish: Any) -> Proposal:
    """A proposal of `seconded`, with `rivals` of the members from the fourth on, open for votes."""
    proposal = seconded(members, **wish)
    for number, title in enumerate(rivals):
        rival(members[3 + number :], proposal, title)
    pass_time(pass_time(proposal))
    assert proposal.state == State.VOTING, proposal.reason
    return proposal


def vote_all(members: Sequence[Actor], proposal: Proposal, **numbers: int) -> list[Receipt]:
    """``yes=6, no=3``: the first six of `members` vote yes, the next three no."""
    choices = [choice for choice, number in numbers.items() for _ in range(number)]
    return [
        cast(actor=actor, proposal=proposal, choice=choice) for actor, choice in zip(members, choices, strict=False)
    ]


def decided(members: Sequence[Actor], proposal: Proposal, **numbers: int) -> Proposal:
    vote_all(members, proposal, **numbers)
    return pass_time(proposal)


def log_of(proposal: Proposal) -> list[str]:
    """The verbs of its lines in the log."""
    return [json.loads(event.body)["verb"].removeprefix("proposal.") for event in proposal.events.order_by("pk")]


def pass_time(proposal: Proposal) -> Proposal:
    """Let what is due next be due now, and happen."""
    if proposal.state == State.VOTING:
        let_end(proposal)
    elif proposal.due_at is not None:
        ago = timezone.now() - timedelta(seconds=1)
        Proposal.objects.filter(pk=proposal.pk).update(due_at=ago)
    clock.advance(proposal.pk)
    proposal.refresh_from_db()
    return proposal


def next_year() -> date:
    """When a term may end."""
    return (timezone.now() + timedelta(days=365)).astimezone(UTC).date()
