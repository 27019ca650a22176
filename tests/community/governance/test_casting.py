"""Votes as they are cast, changed and found again."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from community.governance import triggers
from community.governance.casting import Found, cast, check_receipt
from community.governance.counting.choices import InvalidChoice, canonical
from community.governance.counting.recounting import receipt_tag
from community.governance.counting.terms import Terms
from community.governance.errors import (
    BALLOT_SENTENCES,
    ChoiceInvalid,
    MemberNeeded,
    NotOnRoll,
    ProposalInvalid,
    VotingClosed,
)
from community.governance.models import AuditEvent, Ballot, BallotLink, Participation, Proposal, State
from community.governance.queries import has_voted, result_of, turnout, waiting_for
from community.members.actors import ANONYMOUS, Actor
from community.members.models import TokenKind, User
from tests.community.governance.conftest import let_end, opened, pass_time, seconded, vote_all
from tests.factories.members import AccessTokenFactory, MemberFactory

pytestmark = pytest.mark.django_db


def name_of(actor: Actor) -> str:
    assert actor.user is not None
    return actor.user.username


def test_a_receipt_finds_the_ballot_which_nobody_sees_before_the_count(members: list[Actor]) -> None:
    proposal = opened(members)
    receipts = vote_all(members, proposal, yes=6, no=3)
    name = name_of(members[0])
    assert receipts[0].tag == receipt_tag(receipts[0].code, proposal.pk, name)
    assert check_receipt(proposal=proposal, code=receipts[0].code, username=name) == Found(there=True)
    pass_time(proposal)
    assert check_receipt(proposal=proposal, code=receipts[0].code, username=name) == Found(there=True, choice='"yes"')
    assert check_receipt(proposal=proposal, code=receipts[8].code, username=name_of(members[8])).choice == '"no"'
    assert check_receipt(proposal=proposal, code=receipts[8].code, username=name) == Found(there=False)
    with pytest.raises(ProposalInvalid):
        check_receipt(proposal=proposal, code="not hexadecimal", username=name)


def test_the_receipt_stays_good_through_three_changes(members: list[Actor]) -> None:
    proposal = opened(members)
    first, *later = [
        cast(actor=members[0], proposal=proposal, choice=choice) for choice in ("no", "yes", "no", "abstain")
    ]
    assert len(first.code) == 32
    assert [(receipt.code, receipt.tag) for receipt in later] == [("", first.tag)] * 3
    assert [(ballot.tag, ballot.choice) for ballot in Ballot.objects.all()] == [(first.tag, '"abstain"')]
    assert Participation.objects.count() == 1


def test_two_windows_make_one_ballot(members: list[Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second saw no vote of its member when it began, and comes when there is one."""
    proposal = opened(members)
    first = cast(actor=members[0], proposal=proposal, choice="yes")
    known = type(BallotLink.objects.none()).first
    looks: list[int] = []

    def blind_once(links: Any) -> Any:
        if links.model is BallotLink and not looks:
            looks.append(1)
            return None
        return known(links)

    monkeypatch.setattr(type(BallotLink.objects.none()), "first", blind_once)
    second = cast(actor=members[0], proposal=proposal, choice="no")
    assert (second.code, second.tag, looks) == ("", first.tag, [1])
    assert [ballot.choice for ballot in Ballot.objects.all()] == ['"no"']


@pytest.mark.parametrize("choice", ["maybe", None, [], {}, 1, ["yes"]])
def test_what_is_no_ballot_is_refused(members: list[Actor], choice: Any) -> None:
    proposal = opened(members)
    with pytest.raises(ChoiceInvalid, match="Answer yes, no or abstain"):
        cast(actor=members[0], proposal=proposal, choice=choice)
    assert Participation.objects.count() == 0


@pytest.mark.parametrize("choice", [[["a"], ["b"], ["z"]], [["a"], ["a"]], "yes", [[[]]], [[{}]], [["a"], []]])
def test_nor_is_it_among_options(members: list[Actor], choice: Any) -> None:
    proposal = opened(members, "Rather this")
    with pytest.raises(ChoiceInvalid):
        cast(actor=members[0], proposal=proposal, choice=choice)
    assert Ballot.objects.count() == 0
    assert cast(actor=members[0], proposal=proposal, choice=[["none"], ["b", "a"]]).code
    assert Ballot.objects.get().choice == '[["none"],["a","b"]]'


def test_every_sentence_about_a_ballot_is_translated() -> None:
    terms = {method: Terms(method, ("a", "b"), "b") for method in ("yesno", "approval", "schulze", "stv", "star")}
    wrong = [
        ("yesno", 1),
        ("approval", 1),
        ("schulze", 1),
        ("stv", [["a", "b"]]),
        ("star", {"a": 6}),
        ("approval", ["z"]),
        ("approval", ["a", "a"]),
    ]
    said = []
    for method, choice in wrong:
        with pytest.raises(InvalidChoice) as caught:
            canonical(choice, terms[method])
        said.append(str(caught.value))
    assert said == list(BALLOT_SENTENCES)


def test_who_is_not_on_the_roll_does_not_vote(members: list[Actor], alice: User) -> None:
    proposal = opened(members)
    late = Actor(user=MemberFactory(date_joined=timezone.now() - timedelta(days=365)))
    for actor, refusal in ((ANONYMOUS, MemberNeeded), (Actor(user=alice), NotOnRoll), (late, NotOnRoll)):
        with pytest.raises(refusal):
            cast(actor=actor, proposal=proposal, choice="yes")
    assert Participation.objects.count() == 0


@pytest.mark.parametrize("kind", [TokenKind.READ, TokenKind.FINE_GRAINED])
def test_only_a_token_that_may_do_everything_votes(members: list[Actor], kind: TokenKind) -> None:
    proposal = opened(members)
    user = members[0].user
    narrow = AccessTokenFactory(user=user, kind=kind, scopes={"global": ["discussion.write"]})
    with pytest.raises(MemberNeeded):
        cast(actor=Actor(user=user, token=narrow), proposal=proposal, choice="yes")
    assert Participation.objects.count() == 0
    whole = AccessTokenFactory(user=user, kind=TokenKind.WRITE)
    cast(actor=Actor(user=user, token=whole), proposal=proposal, choice="yes")
    assert Participation.objects.count() == 1


def test_no_vote_before_or_after_though_nobody_closed_it(members: list[Actor]) -> None:
    waiting = seconded(members)
    with pytest.raises(VotingClosed):
        cast(actor=members[0], proposal=waiting, choice="yes")
    proposal = opened(members[3:])
    cast(actor=members[0], proposal=proposal, choice="yes")
    let_end(proposal)
    assert proposal.state == State.VOTING
    for actor in members[:2]:  # to change a vote is to vote
        with pytest.raises(VotingClosed):
            cast(actor=actor, proposal=proposal, choice="no")
    assert [ballot.choice for ballot in Ballot.objects.all()] == ['"yes"']


def test_a_second_before_the_end_it_counts(members: list[Actor]) -> None:

    proposal = opened(members)
    triggers.remove(connection)
    Proposal.objects.update(closes_at=timezone.now() + timedelta(seconds=30))
    triggers.install(connection)
    cast(actor=members[0], proposal=proposal, choice="yes")
    assert Participation.objects.count() == 1


def test_a_member_who_left_was_blocked_or_came_later_changes_no_roll(members: list[Actor]) -> None:
    proposal = opened(members)
    vote_all(members, proposal, yes=6)
    (gone, blocked) = (members[0].user, members[1].user)
    assert gone is not None
    assert blocked is not None
    gone.namespace = None
    gone.delete()
    User.objects.filter(pk=blocked.pk).update(is_active=False)
    MemberFactory.create_batch(2, date_joined=timezone.now() - timedelta(days=100))
    renamed = members[2].user
    assert renamed is not None
    User.objects.filter(pk=renamed.pk).update(username="renamed")
    receipt = cast(actor=members[2], proposal=proposal, choice="no")
    assert receipt.code == ""
    pass_time(proposal)
    result = result_of(proposal)
    assert result is not None
    assert (result["roll_size"], result["outcome"]["ballots"]) == (16, 6)
    assert result["outcome"]["votes"] == {"yes": 5, "no": 1, "abstain": 0}


def test_turnout_is_all_that_shows_while_votes_are_cast(members: list[Actor]) -> None:
    proposal = opened(members)
    assert members[0].user is not None
    assert [vote.pk for vote in waiting_for(members[0]).votes] == [proposal.pk]
    vote_all(members, proposal, yes=2)
    told = turnout(proposal)
    assert told is not None
    assert (told.voted, told.roll) == (2, 16)
    assert (has_voted(members[0].user, proposal), waiting_for(members[0]).votes) == (True, [])
    assert result_of(proposal) is None
    proposal.result = {"outcome": "forged"}  # which the database refuses to keep
    assert result_of(proposal) is None


def test_a_vote_leaves_no_trace_in_logs(members: list[Actor], caplog: pytest.LogCaptureFixture) -> None:
    proposal = opened(members)
    before = AuditEvent.objects.count()
    with caplog.at_level(logging.DEBUG):
        receipt = cast(actor=members[0], proposal=proposal, choice="yes")
        cast(actor=members[0], proposal=proposal, choice="no")
        with pytest.raises(ChoiceInvalid):
            cast(actor=members[1], proposal=proposal, choice="perhaps")
        assert AuditEvent.objects.count() == before
        let_end(proposal)
        with pytest.raises(VotingClosed):
            cast(actor=members[1], proposal=proposal, choice="yes")
        pass_time(proposal)
    assert proposal.result["outcome"]["ballots"] == 1
    assert caplog.text == ""
    assert receipt.code not in repr(list(Ballot.objects.values()))
    assert receipt.code not in repr(list(Participation.objects.values()))
