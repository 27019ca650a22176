"""Elections: who stands, who is elected, and for how long."""

from datetime import UTC, date
from typing import Any

import pytest

from community.governance.casting import cast
from community.governance.errors import ActionRefused, NotEligible, ProposalInvalid
from community.governance.models import Office, Proposal, State
from community.governance.proposing import propose, submit, withdraw
from community.governance.queries import contenders_of, main_option, options_of
from community.governance.sponsoring import add_option, amend, sponsor, stand
from community.members.actors import Actor
from tests.community.governance.conftest import STATEMENT, log_of, next_year, pass_time

pytestmark = pytest.mark.django_db


def call(members: list[Actor], seats: int = 2, **wish: Any) -> Proposal:
    """An election of maintainers, in which members may stand."""
    action = {"verb": "role.grant", "params": {"role": "maintainer", "until": next_year().isoformat()}, "seats": seats}
    wish = {"title": "Maintainers of next year", "body": "Stand, all of you.", "action": action, **wish}
    proposal = submit(actor=members[0], proposal=propose(actor=members[0], kind="election", **wish))
    for actor in members[1:3]:
        sponsor(actor=actor, option=main_option(proposal))
    proposal.refresh_from_db()
    assert proposal.state == State.DISCUSSION
    return proposal


def elect(members: list[Actor], proposal: Proposal, *ballots: list[list[str]]) -> Proposal:
    pass_time(pass_time(proposal))
    assert proposal.state == State.VOTING, proposal.reason
    for actor, choice in zip(members[: len(ballots)], ballots, strict=True):
        cast(actor=actor, proposal=proposal, choice=choice)
    return pass_time(proposal)


def offices() -> dict[str, tuple[str, date]]:
    rows = Office.objects.select_related("user")
    return {office.user.username: (office.role, office.until.astimezone(UTC).date()) for office in rows if office.until}


def test_two_of_three_candidates_get_the_office_for_a_term(members: list[Actor]) -> None:
    proposal = call(members)
    for actor in members[4:7]:
        stand(actor=actor, proposal=proposal, body="Take me.")
    assert [option.title for option in contenders_of(proposal)] == ["m04", "m05", "m06"]
    elect(members, proposal, *[[["a"], ["b"]]] * 6, *[[["c"], ["b"]]] * 6, [["b"]])
    assert (proposal.terms["method"], proposal.terms["seats"], proposal.terms["default"]) == ("stv", 2, "none")
    assert (proposal.state, proposal.result["outcome"]["winners"]) == (State.PASSED, ["a", "c"])
    assert offices() == {}
    pass_time(proposal)
    assert proposal.state == State.ENACTED, proposal.reason
    assert offices() == {"m04": ("maintainer", next_year()), "m06": ("maintainer", next_year())}


def test_who_loses_to_none_of_the_above_is_not_elected(members: list[Actor]) -> None:
    proposal = call(members)
    for actor in members[4:6]:
        stand(actor=actor, proposal=proposal, body="Take me.")
    elect(members, proposal, *[[["a"], ["none"], ["b"]]] * 8)
    assert proposal.result["outcome"]["winners"] == ["a"]
    assert proposal.result["outcome"]["dropped"] == {"b": "quorum"}
    pass_time(proposal)
    assert list(offices()) == ["m04"]


def test_one_candidate_too_needs_to_be_wanted(members: list[Actor]) -> None:
    proposal = call(members, seats=1)
    stand(actor=members[4], proposal=proposal, body="Take me.")
    elect(members, proposal, *[[["none"], ["a"]]] * 6, *[[["a"]]] * 6)
    assert (proposal.terms["method"], proposal.state) == ("stv", State.REJECTED)
    assert pass_time(proposal).state == State.REJECTED
    assert offices() == {}


def test_a_tie_is_drawn_from_the_hash_of_the_ballots(members: list[Actor]) -> None:
    proposal = call(members, seats=1)
    for actor in members[4:6]:
        stand(actor=actor, proposal=proposal, body="Take me.")
    elect(members, proposal, *[[["a"], ["b"]]] * 6, *[[["b"], ["a"]]] * 6)
    assert (proposal.state, len(proposal.result["outcome"]["winners"])) == (State.PASSED, 1)
    pass_time(proposal)
    assert len(offices()) == 1


def test_nobody_stands(members: list[Actor]) -> None:
    proposal = call(members)
    option = stand(actor=members[4], proposal=proposal, body="Take me.")
    withdraw(actor=members[4], option=option)
    proposal.refresh_from_db()
    assert proposal.state == State.DISCUSSION
    pass_time(proposal)
    assert (proposal.state, proposal.reason) == (State.WITHDRAWN, "Nobody stands.")


def test_members_stand_once_and_for_themselves(members: list[Actor], alice: Any) -> None:
    proposal = call(members)
    stand(actor=members[4], proposal=proposal, body="Take me.")
    with pytest.raises(ProposalInvalid, match="already"):
        stand(actor=members[4], proposal=proposal, body="Take me.")
    with pytest.raises(NotEligible):
        stand(actor=Actor(user=alice), proposal=proposal, body="Take me.")
    with pytest.raises(ProposalInvalid, match="stand as candidates"):
        add_option(actor=members[5], proposal=proposal, title="Her", body="Take her.", action=STATEMENT)
    with pytest.raises(ProposalInvalid, match="not amended"):
        amend(actor=members[5], option=main_option(proposal), body="Stand, some of you.")
    assert [option.title for option in options_of(proposal)] == ["m04", "None of the above"]


@pytest.mark.parametrize(
    ("params", "seats", "refusal", "sentence"),
    [
        ({"role": "king", "until": "2999-01-01"}, 2, ActionRefused, "king"),
        ({"role": "maintainer"}, 2, ActionRefused, "missing"),
        ({"role": "maintainer", "until": "2999-01-01", "member": "m01"}, 2, ProposalInvalid, "names nobody"),
        ({"role": "maintainer", "until": "2999-01-01"}, 0, ProposalInvalid, "seats"),
        ({"role": "maintainer", "until": "2999-01-01"}, True, ProposalInvalid, "seats"),
    ],
)
def test_calls_that_no_election_can_follow(
    members: list[Actor], params: dict[str, str], seats: Any, refusal: type[Exception], sentence: str
) -> None:
    with pytest.raises(refusal, match=sentence):
        call(members, action={"verb": "role.grant", "params": params, "seats": seats})
    assert Proposal.objects.count() == 0


def test_votes_about_people_are_secret(members: list[Actor]) -> None:
    with pytest.raises(ProposalInvalid, match="always secret"):
        call(members, secret=False)


def test_an_officer_announces_without_sponsors(members: list[Actor]) -> None:
    officer = members[7]
    assert officer.user is not None
    elected = Proposal.objects.create(kind="election", title="Elected before", state="passed")
    Office.objects.create(user=officer.user, role="officer", proposal=elected)
    action = {"verb": "role.grant", "params": {"role": "maintainer", "until": next_year().isoformat()}}
    draft = propose(actor=officer, kind="election", title="Maintainers", body="Stand.", action=action)
    proposal = submit(actor=officer, proposal=draft)
    assert (proposal.state, log_of(proposal)) == (State.DISCUSSION, ["seconding", "discussion"])
    assert main_option(proposal).revisions.get().action["seats"] == 1
