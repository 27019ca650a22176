"""Every row and column of governance's tables, changed and deleted by brute force while a vote is open and after it is
counted. Only what is listed here may change or go; all else the database refuses, whoever asks.
"""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from community.discussions.models import Board, Event, Thread
from community.governance import triggers
from community.governance.closing import close
from community.governance.models import (
    AuditEvent,
    AuditHead,
    Ballot,
    BallotLink,
    Electorate,
    ElectorateMember,
    Objection,
    Office,
    Option,
    Participation,
    Proposal,
    PublishedPage,
    Revision,
    RollRequest,
    RuleValue,
    Sponsorship,
    State,
)
from community.governance.transitions import lock
from community.members.models import User
from community.moderation.models import ModerationAction
from tests.community.governance.conftest import let_end, open_vote
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

# Such a column may become empty.
LEAVES = {"author", "proposer", "officer", "user", "member", "moderator", "thread", "comment"}
MAY_CHANGE = {
    "Proposal": {"author", "state_changed_at", "due_at", "failures", "reason"},
    "Option": {"proposer"},
    "Revision": {"author"},
    "ElectorateMember": {"user"},
    "Sponsorship": {"member"},
    "Objection": {"member"},
    "RollRequest": {"officer", "member"},
    "Office": {"user"},
    "ModerationAction": {"moderator", "thread", "comment"},
}
TABLES = [
    Proposal,
    Option,
    Revision,
    Sponsorship,
    Objection,
    RollRequest,
    Electorate,
    ElectorateMember,
    Participation,
    Ballot,
    BallotLink,
    RuleValue,
    Office,
    PublishedPage,
    AuditEvent,
    AuditHead,
    ModerationAction,
]


def world(number: int) -> dict[type[models.Model], models.Model]:
    """A row of every table, about one open and public vote; together they can only be made without the triggers."""
    triggers.remove(connection)
    try:
        return {type(row): row for row in _rows(number)}
    finally:
        triggers.install(connection)


def _rows(number: int) -> list[models.Model]:
    people = MemberFactory.create_batch(3)
    roll = Electorate.objects.create(size=2, sha256=f"{number:064}")
    voter = ElectorateMember.objects.create(electorate=roll, user=people[0], username=people[0].username)
    vote = open_vote(roll, people[0], public=True)
    option = Option.objects.get(proposal=vote, key="a")
    participation = Participation.objects.create(proposal=vote, member=voter)
    ballot = Ballot.objects.create(proposal=vote, tag=f"{number:064}", choice='"yes"')
    board = Board.objects.create(kind="forum", key=number)
    thread = Thread.objects.create(board=board, number=1, title="A thread", author=people[0])
    comment = Event.objects.create(thread=thread, kind="comment", author=people[0], data={})
    first = ModerationAction.objects.create(verb="lock", kind="forum", key=number)
    return [
        vote,
        option,
        Revision.objects.get(option=option),
        Sponsorship.objects.create(option=option, member=people[1]),
        Objection.objects.create(proposal=vote, member=people[1], text="No"),
        RollRequest.objects.create(proposal=vote, member=people[2], text="Me", granted=True, officer=people[1]),
        roll,
        voter,
        participation,
        ballot,
        BallotLink.objects.create(participation=participation, ballot=ballot),
        RuleValue.objects.create(kind="ordinary", name=f"{number}", value=1, proposal=vote),
        Office.objects.create(user=people[1], role="moderator", proposal=vote),
        PublishedPage.objects.create(slug=f"{number}", title="T", body="B", proposal=vote),
        AuditEvent.objects.create(previous=f"{number}", hash=f"h{number}", body="{}", proposal=vote),
        AuditHead.objects.create(hash=f"h{number}"),
        ModerationAction.objects.create(
            verb="unlock",
            kind="forum",
            key=number,
            moderator=people[1],
            thread=thread,
            comment=comment,
            overrules=first,
            suspends=first,
        ),
    ]


def others(field: Any, row: models.Model, other: models.Model) -> list[Any]:
    """Values that the column could take by its type."""
    now = getattr(row, field.attname)
    if field.is_relation:
        found = [getattr(other, field.attname)]
    elif isinstance(field, models.UUIDField):
        found = [uuid.uuid4()]
    elif isinstance(field, models.BooleanField):
        found = [not now]
    elif isinstance(field, models.IntegerField):
        found = [(now or 0) + 1000]
    elif isinstance(field, models.DateTimeField):
        found = [timezone.now()]
    elif isinstance(field, models.JSONField):
        found = [{"other": 1}]
    elif field.choices:
        found = [value for value, _label in field.choices if value != now][:1]
    else:
        found = ["other"]
    return [value for value in [*found, *([None] if field.null else [])] if value != now]


def check(
    rows: dict[type[models.Model], models.Model], other: dict[type[models.Model], models.Model], **more: str
) -> int:
    """Try every value in every column; `more` tables have one column more that may change. How many were refused."""
    refusals = 0
    for table in TABLES:
        row = table._default_manager.get(pk=rows[table].pk)
        free = MAY_CHANGE.get(table.__name__, set()) | {more.get(table.__name__, "")}
        for field in table._meta.concrete_fields:
            if field.name == "state":  # `test_database` takes every step
                continue
            for value in others(field, row, other[table]):
                allowed = field.name in free and (value is None or field.name not in LEAVES)
                message = tried(table, row, field.name, value)
                assert (message is None) == allowed, (table.__name__, field.name, value, message)
                assert allowed or "governance: " in str(message), (table.__name__, field.name, value, message)
                refusals += not allowed
    return refusals


def tried(table: type[models.Model], row: models.Model, column: str, value: Any) -> str | None:
    return answer(lambda: table._default_manager.filter(pk=row.pk).update(**{column: value}))


def answer(write: Callable[[], object]) -> str | None:
    """What the database says to it; in any case nothing is left of it."""
    try:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return None


def may_go(rows: dict[type[models.Model], models.Model]) -> list[type[models.Model]]:
    """The tables whose row the database lets anybody delete."""
    free = []
    for table in TABLES:
        row = table._default_manager.filter(pk=rows[table].pk)
        said = answer(partial(row._raw_delete, row.db))
        assert said is None or "governance: " in said, (table.__name__, said)
        free += [table] if said is None else []
    return free


def test_what_a_vote_is_about_stays_while_it_is_open_and_when_it_is_counted() -> None:
    rows, other = world(1), world(2)
    assert check(rows, other, Ballot="choice") > 80
    assert may_go(rows) == [BallotLink]
    vote = rows[Proposal]
    assert isinstance(vote, Proposal)
    let_end(vote)
    close(lock(vote.pk))
    vote.refresh_from_db()
    assert (vote.state, vote.result["outcome"]["ballots"]) == (State.NO_QUORUM, 1)
    assert check(rows, other) > 80
    assert may_go(rows) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite deletes row by row")
def test_no_table_is_emptied() -> None:
    world(1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else PostgreSQL says that checks are pending
        for table in TABLES:
            said = answer(partial(cursor.execute, f"TRUNCATE {table._meta.db_table} CASCADE"))
            assert "never emptied" in str(said), table.__name__


def test_nothing_is_added_to_a_vote_that_is_open() -> None:
    rows, member = world(1), MemberFactory()
    vote, option = rows[Proposal], rows[Option]
    for table, values in (
        (Option, {"proposal": vote, "key": "late", "title": "Late"}),
        (Revision, {"option": option, "number": 2, "body": "Late", "status": "superseded"}),
        (Sponsorship, {"option": option, "member": member}),
        (Objection, {"proposal": vote, "member": member, "text": "No"}),
        (RollRequest, {"proposal": vote, "member": member, "text": "Me"}),
        (ElectorateMember, {"electorate": rows[Electorate], "user": member, "username": "late"}),
        (RuleValue, {"proposal": vote, "kind": "charter", "name": "ratio", "value": 1}),
        (Office, {"proposal": vote, "user": member, "role": "officer"}),
        (PublishedPage, {"proposal": vote, "slug": "late", "title": "Late", "body": "Late"}),
    ):
        assert "governance: " in str(answer(partial(table._default_manager.create, **values))), table.__name__


def test_only_what_passed_decides_rules_offices_and_pages(alice: User) -> None:
    rows, other = world(1), Proposal.objects.create(kind="charter", title="Another", author=alice, state="passed")
    for table, values in (
        (RuleValue, {"value": 5}),
        (Office, {"until": timezone.now()}),
    ):
        row = table._default_manager.filter(pk=rows[table].pk)
        assert "only a vote that passed" in str(answer(partial(row.update, **values))), table.__name__
        assert answer(partial(row.update, **values, proposal=other)) is None, table.__name__
    assert answer(lambda: PublishedPage.objects.create(slug="new", title="T", body="B", proposal=other)) is None
    Proposal.objects.filter(pk=other.pk).update(state="enacted")
    late = answer(lambda: PublishedPage.objects.create(slug="new", title="T", body="B", proposal=other))
    assert "only a vote that passed" in str(late)


def test_accounts_may_be_deleted_and_leave_the_rows() -> None:
    """Of whoever took part in everything; only the names of rolls and of the log stay."""
    rows = world(1)
    for member in User.objects.all():
        member.delete()
    for table in TABLES:
        assert table._default_manager.filter(pk=rows[table].pk).exists(), table.__name__
    assert not Sponsorship.objects.exclude(member=None).exists()
    assert not Office.objects.exclude(user=None).exists()


def test_nothing_moves_into_a_vote_that_is_open() -> None:
    """From a proposal that may still change."""
    rows, other = world(1), Proposal.objects.create(kind="ordinary", title="A draft")
    option = Option.objects.create(proposal=other, key="b", title="Late")
    text = Revision.objects.create(option=option, number=2, body="Late", action={}, status="superseded")
    for table, row, column in ((Option, option, "proposal"), (Revision, text, "option")):
        target = rows[Proposal] if column == "proposal" else rows[Option]
        assert "governance: " in str(tried(table, row, column, target.pk))


def test_a_voter_and_a_ballot_of_different_votes_are_not_joined() -> None:
    one, other = world(1), world(2)
    vote = one[Proposal]
    assert isinstance(vote, Proposal)
    voter = ElectorateMember.objects.filter(electorate=vote.electorate).get()
    BallotLink.objects.all().delete()
    link = {"participation": Participation.objects.get(member=voter), "ballot": other[Ballot]}
    with pytest.raises(DatabaseError, match="of different votes"), transaction.atomic():
        BallotLink.objects.create(**link)
    assert BallotLink.objects.count() == 0


def test_links_of_a_public_vote_stay() -> None:
    rows = world(1)
    vote = rows[Proposal]
    assert isinstance(vote, Proposal)
    let_end(vote)
    close(lock(vote.pk))
    with pytest.raises(DatabaseError, match="voting is over"), transaction.atomic():
        BallotLink.objects.all().delete()
    assert BallotLink.objects.count() == 1
