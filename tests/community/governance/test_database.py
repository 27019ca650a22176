"""What the database refuses by itself, on SQLite and on PostgreSQL: no service of the hub is asked here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from community.governance import triggers
from community.governance.models import (
    AuditEvent,
    AuditHead,
    Ballot,
    BallotLink,
    Electorate,
    ElectorateMember,
    Option,
    Participation,
    Proposal,
    Revision,
    State,
)
from community.governance.rules import TRANSITIONS
from community.members.models import User
from tests.community.governance.conftest import let_end, open_vote
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db


def refused(write: Callable[[], Any]) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        write()
    return str(caught.value)


def cast(vote: Proposal, member: ElectorateMember, choice: str = '"yes"') -> Participation:
    participation = Participation.objects.create(proposal=vote, member=member)
    ballot = Ballot.objects.create(proposal=vote, tag=f"{member.pk:064}", choice=choice)
    BallotLink.objects.create(participation=participation, ballot=ballot)
    return participation


def members(vote: Proposal) -> list[ElectorateMember]:
    return list(ElectorateMember.objects.filter(electorate=vote.electorate).order_by("pk"))


def test_a_vote_is_taken_and_may_be_changed(vote: Proposal) -> None:
    cast(vote, members(vote)[0])
    assert Ballot.objects.update(choice='"no"') == 1


def test_no_double_vote(vote: Proposal) -> None:
    member = members(vote)[0]
    cast(vote, member)
    refused(lambda: Participation.objects.create(proposal=vote, member=member))
    refused(lambda: Ballot.objects.create(proposal=vote, tag=f"{member.pk:064}", choice='"yes"'))
    assert (Participation.objects.count(), Ballot.objects.count()) == (1, 1)


@pytest.mark.parametrize("table", [Ballot, Participation])
def test_a_link_goes_before_what_it_joins(vote: Proposal, table: type[Model]) -> None:
    cast(vote, members(vote)[0])
    rows = table._default_manager.all()
    assert "voter and ballot are linked" in refused(lambda: rows._raw_delete(rows.db))
    assert (Ballot.objects.count(), Participation.objects.count(), BallotLink.objects.count()) == (1, 1, 1)


def test_no_vote_off_the_roll(vote: Proposal, alice: User) -> None:
    other = Electorate.objects.create(size=1, sha256="1" * 64)
    stranger = ElectorateMember.objects.create(electorate=other, user=alice, username="alice")
    assert "not on the roll" in refused(lambda: Participation.objects.create(proposal=vote, member=stranger))
    late = {"electorate": vote.electorate, "user": MemberFactory(), "username": "late"}
    assert "the roll is frozen" in refused(lambda: ElectorateMember.objects.create(**late))
    assert "the roll is frozen" in refused(members(vote)[0].delete)
    assert Participation.objects.count() == 0


def test_the_roll_outlives_an_account(vote: Proposal) -> None:
    member = members(vote)[0]
    name = member.username
    assert member.user is not None
    member.user.delete()
    member.refresh_from_db()
    assert (member.user, member.username) == (None, name)


def test_no_late_vote_though_nobody_closed_it(vote: Proposal) -> None:
    first, second = members(vote)[:2]
    cast(vote, first)
    let_end(vote)
    assert vote.state == State.VOTING
    assert "voting is not open" in refused(lambda: cast(vote, second))
    assert "voting is not open" in refused(lambda: Ballot.objects.update(choice='"no"'))
    assert "voting is not open" in refused(lambda: BallotLink.objects.all().delete() and Ballot.objects.all().delete())
    assert [ballot.choice for ballot in Ballot.objects.all()] == ['"yes"']


def test_nothing_is_counted_early(vote: Proposal) -> None:
    assert "voting is not over" in refused(lambda: Proposal.objects.update(state="counting"))
    assert "fixed" in refused(lambda: Proposal.objects.update(closes_at=timezone.now() - timedelta(days=1)))
    vote.refresh_from_db()
    assert vote.state == State.VOTING


def test_nothing_changes_after_the_close(vote: Proposal) -> None:
    cast(vote, members(vote)[0])
    let_end(vote)
    Proposal.objects.update(state="counting")
    BallotLink.objects.all().delete()
    Proposal.objects.update(state="rejected", result={"a": 1})
    for write in (
        lambda: Ballot.objects.all().delete(),
        lambda: Ballot.objects.update(choice='"no"'),
        lambda: Participation.objects.all().delete(),
        lambda: cast(vote, members(vote)[1]),
        lambda: Proposal.objects.update(result={"a": 2}),
        lambda: Proposal.objects.update(terms={}),
        lambda: Proposal.objects.update(title="Another question"),
        lambda: Proposal.objects.update(state="voting"),
        lambda: Option.objects.update(title="Other"),
        lambda: Revision.objects.update(body="Other"),
        lambda: Option.objects.filter(is_default=False).delete(),
        lambda: Option.objects.create(proposal=vote, key="late", title="Late"),
    ):
        assert "governance: " in refused(write)
    assert Proposal.objects.filter(result={"a": 1}, title="A question", state="rejected").count() == 1


@pytest.mark.parametrize("field", ["terms", "closes_at", "opens_at", "secret", "preconditions", "title", "kind"])
def test_an_open_vote_stays_as_it_was_opened(vote: Proposal, field: str) -> None:
    other = {
        "terms": {"x": 1},
        "preconditions": {"x": 1},
        "closes_at": timezone.now(),
        "opens_at": timezone.now(),
        "secret": False,
        "title": "Other",
        "kind": "charter",
    }
    assert "governance: " in refused(lambda: Proposal.objects.update(**{field: other[field]}))


def test_no_vote_without_a_roll(alice: User) -> None:
    proposal = Proposal.objects.create(kind="ordinary", title="A question", author=alice, state="frozen")
    refused(lambda: Proposal.objects.filter(pk=proposal.pk).update(state="voting"))


def test_only_steps_of_the_table(roll: Electorate, alice: User) -> None:
    vote = open_vote(roll, alice)
    for state in set(State.values) - set(TRANSITIONS["voting"]) - {"voting"}:
        assert "no such step" in refused(lambda state=state: Proposal.objects.update(state=state))
    refused(Proposal.objects.filter(pk=vote.pk).delete)
    assert Proposal.objects.count() == 1
    Proposal.objects.update(state="void")
    assert "no such step" in refused(lambda: Proposal.objects.update(state="voting"))


def test_the_table_of_steps_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(State.values)
    assert {state for others in TRANSITIONS.values() for state in others} | {"draft"} == set(State.values)


def test_the_log_is_only_added_to() -> None:
    AuditEvent.objects.create(previous="", hash="1", body="{}")
    assert "only ever added to" in refused(lambda: AuditEvent.objects.update(body="[]"))
    assert "only ever added to" in refused(lambda: AuditEvent.objects.all().delete())
    refused(lambda: AuditEvent.objects.create(previous="", hash="2", body="{}"))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else PostgreSQL says that checks are pending
            assert "never emptied" in refused(lambda: cursor.execute(f"TRUNCATE {AuditEvent._meta.db_table}"))
    assert AuditEvent.objects.count() == 1


def test_triggers_of_an_earlier_release_leave() -> None:
    refuse = "SELECT RAISE(ABORT, 'governance: as it was')"
    former = f"CREATE TRIGGER governance_former BEFORE INSERT ON community_audithead BEGIN {refuse}; END"
    if connection.vendor == "postgresql":
        former = (
            "CREATE TRIGGER governance_former BEFORE INSERT ON community_audithead "
            "FOR EACH ROW EXECUTE FUNCTION governance_stays_community_audithead()"
        )
    with connection.cursor() as cursor:
        cursor.execute(former)
    assert "governance: " in refused(lambda: AuditHead.objects.create(hash="1"))
    triggers.after_migrate(using="default")
    AuditHead.objects.create(hash="1")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL changes a table where it is")
def test_later_releases_may_change_tables_of_a_hub_that_has_triggers() -> None:
    def make_anew() -> None:
        """As Django changes a table of SQLite."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE made_anew (id integer PRIMARY KEY)")
            cursor.execute("DROP TABLE community_proposal")
            cursor.execute("ALTER TABLE made_anew RENAME TO community_proposal")

    triggers.before_migrate(using="default", plan=[])
    assert "error in trigger governance_" in refused(make_anew)
    triggers.before_migrate(using="default", plan=["a migration"])
    make_anew()
