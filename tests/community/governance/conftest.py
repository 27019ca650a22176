"""A vote that is open, made of rows, and a database that tests can empty again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.governance import clock, electorate, triggers
from community.governance.counting.terms import Terms, approvals_needed_squared
from community.governance.models import Electorate, ElectorateMember, Option, Proposal, Revision, State
from community.members.actors import Actor
from community.members.models import User
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


def open_vote(roll: Electorate, author: User, terms: Terms | None = None) -> Proposal:
    proposal = Proposal.objects.create(kind="ordinary", title="A question", author=author, state="discussion")
    option = Option.objects.create(proposal=proposal, key="a", title="Yes to all", proposer=author)
    Revision.objects.create(option=option, number=1, body="All of it.", action={"verb": "none", "params": {}})
    Option.objects.create(proposal=proposal, key="none", title="None of the above", is_default=True)
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
    long_ago = timezone.now() - timedelta(days=100)
    users = MemberFactory.create_batch(16, date_joined=long_ago)
    return [Actor(user=user) for user in users]


def pass_time(proposal: Proposal) -> Proposal:
    """Let what is due next be due now, and happen."""
    if proposal.state == State.VOTING:
        let_end(proposal)
    else:
        ago = timezone.now() - timedelta(seconds=1)
        Proposal.objects.filter(pk=proposal.pk).update(due_at=ago)
    clock.advance(proposal.pk)
    proposal.refresh_from_db()
    return proposal
