"""Every column of governance's tables, changed by brute force while a vote is open and after it is counted.

Only what is listed here may change; all else the database refuses, whoever asks.
"""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, models, transaction
from django.utils import timezone

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
from tests.community.governance.conftest import let_end, open_vote
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

LEAVES = {"author", "proposer", "officer", "user"}  # such a column may become empty
MAY_CHANGE = {
    "Proposal": {"author", "state_changed_at", "due_at", "failures", "reason"},
    "Option": {"proposer"},
    "Revision": {"author"},
    "ElectorateMember": {"user"},
    "RollRequest": {"officer"},
    "RuleValue": {"value", "proposal"},
    "Office": {"since", "until", "proposal"},
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
]


def world(number: int) -> dict[type[models.Model], models.Model]:
    """A row of every table, about one open and public vote."""
    people = MemberFactory.create_batch(3)
    roll = Electorate.objects.create(size=2, sha256=f"{number:064}")
    voter = ElectorateMember.objects.create(electorate=roll, user=people[0], username=people[0].username)
    vote = open_vote(roll, people[0], public=True)
    option = Option.objects.get(proposal=vote, key="a")
    participation = Participation.objects.create(proposal=vote, member=voter)
    ballot = Ballot.objects.create(proposal=vote, tag=f"{number:064}", choice='"yes"')
    rows = [
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
    ]
    return {type(row): row for row in rows}


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
    """What the database says to it; in any case nothing is left of it."""
    try:
        with transaction.atomic():
            table._default_manager.filter(pk=row.pk).update(**{column: value})
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return None


def test_what_a_vote_is_about_stays_while_it_is_open_and_when_it_is_counted() -> None:
    rows, other = world(1), world(2)
    assert check(rows, other, Ballot="choice") > 70
    vote = rows[Proposal]
    assert isinstance(vote, Proposal)
    let_end(vote)
    close(lock(vote.pk))
    vote.refresh_from_db()
    assert (vote.state, vote.result["outcome"]["ballots"]) == (State.NO_QUORUM, 1)
    assert check(rows, other) > 70


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
