"""What was tampered with in the database itself is found, whoever did it, and said in a sentence."""

import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from community.governance import audit, triggers
from community.governance.counting.count import sha256_of
from community.governance.electorate import lines
from community.governance.models import (
    AuditEvent,
    AuditHead,
    Ballot,
    BallotLink,
    Electorate,
    ElectorateMember,
    Participation,
    Proposal,
    Revision,
)
from community.governance.verification import problems
from community.members.actors import Actor
from tests.community.governance.conftest import decided, opened, pass_time, vote_all

pytestmark = pytest.mark.django_db
CHANGED = "The ballots do not have the published hash."


@pytest.fixture
def counted(members: list[Actor]) -> Proposal:
    """Enacted by nine votes to three."""
    return pass_time(decided(members, opened(members), yes=9, no=3))


def found() -> list[str]:
    return [re.sub(r"^Proposal #\d+: ", "", problem) for problem in problems()]


def tamper(write: Callable[[], Any]) -> list[str]:
    """What is found after somebody with all power over the database did `write`."""
    triggers.remove(connection)
    write()
    triggers.install(connection)
    return found()


def test_an_honest_hub_is_in_order(counted: Proposal, members: list[Actor]) -> None:
    vote_all(members, opened(members[3:]), yes=3)
    pass_time(decided(members, opened(members[6:], "Rather this")))
    decided(members, opened(members[8:], secret=False), yes=7)
    output = StringIO()
    call_command("verify_governance", stdout=output)
    number = AuditEvent.objects.count()
    assert output.getvalue().splitlines() == [
        f"{number} lines of the log, 3 votes counted again.",
        f"The log ends with {audit.head_hash()}.",
    ]


def test_an_empty_hub_is_in_order(db: None) -> None:
    output = StringIO()
    call_command("verify_governance", stdout=output)
    assert output.getvalue().splitlines() == [
        "0 lines of the log, 0 votes counted again.",
        "The log ends with nothing.",
    ]


def test_damage_is_said_and_fails(counted: Proposal) -> None:
    tamper(lambda: Ballot.objects.filter(choice='"no"').update(choice='"yes"'))
    output = StringIO()
    with pytest.raises(CommandError, match="see above") as caught:
        call_command("verify_governance", stdout=output)
    assert caught.value.returncode == 1
    assert output.getvalue().startswith(f"Proposal #{counted.pk}: The ballots are not those that were counted.\n")


def test_a_changed_ballot(counted: Proposal) -> None:
    one = Ballot.objects.filter(choice='"no"').first()
    assert one is not None
    assert CHANGED in tamper(lambda: Ballot.objects.filter(pk=one.pk).update(choice='"yes"'))


def test_a_ballot_that_is_gone(counted: Proposal) -> None:
    one = Ballot.objects.filter(choice='"no"').first()
    assert one is not None
    assert tamper(one.delete)[:2] == [CHANGED, "There are not as many ballots as voters."]


def test_a_ballot_that_came_after_the_count(counted: Proposal) -> None:
    stuffed = tamper(lambda: Ballot.objects.create(proposal=counted, tag="f" * 64, choice='"yes"'))
    assert CHANGED in stuffed


def test_a_voter_who_is_gone(counted: Proposal) -> None:
    assert "The voters do not have the published hash." in tamper(
        lambda: Participation.objects.filter(proposal=counted).first().delete()  # type: ignore[union-attr]
    )


def test_a_changed_roll(counted: Proposal) -> None:
    assert counted.electorate is not None
    name = counted.electorate.members.earliest("pk")
    problems = tamper(lambda: ElectorateMember.objects.filter(pk=name.pk).update(username="stranger"))
    assert f"Roll {counted.electorate_id} is not the one that was taken." in problems
    assert "The roll do not have the published hash." in problems
    forged = sha256_of(lines(counted.electorate.members.values_list("username", flat=True)))
    problems = tamper(lambda: Electorate.objects.update(sha256=forged))
    assert "The roll is not the one that the vote was opened with." in problems


def test_a_result_that_was_exchanged_with_all_its_hashes(counted: Proposal) -> None:
    result = {**counted.result, "outcome": {**counted.result["outcome"], "verdict": "rejected"}}
    assert tamper(lambda: Proposal.objects.filter(pk=counted.pk).update(result=result)) == [
        "The result is not the one that was counted."
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"state": "rejected"}, "The log knows another state."),
        ({"terms": {}}, "The terms are not those that the vote was opened with."),
        ({"title": "Another"}, None),
    ],
)
def test_a_changed_proposal(counted: Proposal, change: dict[str, Any], sentence: str | None) -> None:
    assert tamper(lambda: Proposal.objects.filter(pk=counted.pk).update(**change)) == ([sentence] if sentence else [])


def test_a_changed_text(counted: Proposal) -> None:
    said = "A text is not the one that was frozen."
    assert tamper(lambda: Revision.objects.update(body="Nothing of it.")) == [said]
    assert tamper(lambda: Revision.objects.update(body="All of it.", action={"verb": "role.grant"})) == [said]


def test_a_link_that_was_kept(counted: Proposal) -> None:
    participation, ballot = Participation.objects.earliest("pk"), Ballot.objects.all()[0]
    assert tamper(lambda: BallotLink.objects.create(participation=participation, ballot=ballot)) == [
        "Secret ballots still say whose they are."
    ]


def test_a_changed_line_of_the_log(counted: Proposal) -> None:
    line = AuditEvent.objects.filter(proposal=counted).earliest("pk")
    body = line.body.replace('"actor":"m00"', '"actor":"m01"')
    assert body != line.body
    assert tamper(lambda: AuditEvent.objects.filter(pk=line.pk).update(body=body)) == [
        f"Line {line.pk} of the log was changed."
    ]


def test_a_changed_line_with_a_new_hash(counted: Proposal) -> None:
    first, second = AuditEvent.objects.order_by("pk")[:2]
    forged = sha256_of(f"{first.previous}\n{first.body} ")
    assert tamper(lambda: AuditEvent.objects.filter(pk=first.pk).update(body=f"{first.body} ", hash=forged)) == [
        f"Line {second.pk} of the log does not follow the line before it: lines are missing or in disorder."
    ]


def test_a_line_that_is_gone(counted: Proposal) -> None:
    first, second = AuditEvent.objects.order_by("pk")[:2]
    said = f"Line {second.pk} of the log does not follow the line before it: lines are missing or in disorder."
    assert said in tamper(first.delete)


def test_a_log_that_lost_its_end(counted: Proposal) -> None:
    problems = tamper(lambda: AuditEvent.objects.latest("pk").delete())
    assert "The last line that was written to the log is not there." in problems
    assert "The log knows another state." in problems
    AuditHead.objects.update(hash=AuditEvent.objects.latest("pk").hash)
    assert found() == ["The log knows another state."]


def test_a_line_under_another_proposal(counted: Proposal, members: list[Actor]) -> None:
    other = opened(members[3:])
    line = AuditEvent.objects.filter(proposal=other).earliest("pk")
    problems = tamper(lambda: AuditEvent.objects.filter(pk=line.pk).update(proposal=counted))
    assert f"Line {line.pk} of the log is filed under another proposal than the one that it is about." in problems


def test_the_log_is_plain_lines(counted: Proposal) -> None:
    first = AuditEvent.objects.earliest("pk")
    assert first.hash == sha256_of("\n" + first.body)
    body = json.loads(first.body)
    assert {**body, "at": ""} == {
        "at": "",
        "actor": "m00",
        "verb": "proposal.seconding",
        "proposal": counted.pk,
        "payload": {"from": "draft", "to": "seconding"},
    }
    assert first.body == audit.canonical_json(body)
