"""A proposal from its draft to each of its ends, every step by the services, time by the clock."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from community.governance import clock
from community.governance.errors import NotYours, ProposalInvalid, WrongState
from community.governance.models import AuditEvent, Objection, Proposal, RevisionStatus, State
from community.governance.proposing import adopt, discard, propose, rename, revise, submit, withdraw
from community.governance.queries import contenders_of, main_option, options_of, result_of
from community.governance.sponsoring import (
    accept_amendment,
    add_option,
    amend,
    object_to,
    promote_amendment,
    reject_amendment,
    sponsor,
    unsponsor,
)
from community.members.actors import Actor
from tests.community.governance.conftest import (
    STATEMENT,
    decided,
    log_of,
    opened,
    pass_time,
    rival,
    seconded,
    vote_all,
)

pytestmark = pytest.mark.django_db


def draft(members: list[Actor], kind: str = "ordinary") -> Proposal:
    return propose(actor=members[0], kind=kind, title="A question", body="All of it.", action=STATEMENT)


def hours_left(proposal: Proposal) -> int:
    assert proposal.due_at is not None
    return round((proposal.due_at - timezone.now()).total_seconds() / 3600)


def test_the_long_way(members: list[Actor]) -> None:
    proposal = seconded(members)
    assert proposal.state == State.DISCUSSION
    assert pass_time(proposal).state == State.FROZEN
    assert proposal.due_at == proposal.discussion_ends_at
    assert pass_time(proposal).state == State.VOTING
    vote_all(members, proposal, yes=6, no=3)
    assert result_of(proposal) is None
    assert pass_time(proposal).state == State.PASSED
    result = result_of(proposal)
    assert result is not None
    assert result["outcome"]["votes"] == {"yes": 6, "no": 3, "abstain": 0}
    assert hours_left(proposal) == 72
    assert pass_time(proposal).state == State.ENACTED
    assert log_of(proposal) == ["seconding", "discussion", "frozen", "voting", "passed", "enacted"]


def test_two_sponsors_of_sixteen_members_open_a_discussion_of_two_weeks(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members))
    option = main_option(proposal)
    assert (proposal.state, proposal.sponsors_needed) == (State.SECONDING, 2)
    with pytest.raises(ProposalInvalid, match="other members"):
        sponsor(actor=members[0], option=option)
    for actor in (members[1], members[1]):
        sponsor(actor=actor, option=option)
    unsponsor(actor=members[1], option=option)
    sponsor(actor=members[2], option=option)
    proposal.refresh_from_db()
    assert proposal.state == State.SECONDING
    sponsor(actor=members[3], option=option)
    proposal.refresh_from_db()
    assert proposal.state == State.DISCUSSION
    assert proposal.discussion_ends_at is not None
    assert proposal.discussion_max_at is not None
    assert proposal.discussion_max_at - proposal.discussion_ends_at == timedelta(days=7)
    assert proposal.discussion_ends_at - proposal.state_changed_at <= timedelta(days=14)
    assert proposal.due_at == proposal.discussion_ends_at - timedelta(hours=24)
    assert proposal.opens_at == proposal.discussion_ends_at


def test_it_lapses_without_sponsors(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members))
    assert proposal.due_at is not None
    assert timedelta(days=29) < proposal.due_at - timezone.now() <= timedelta(days=30)
    assert pass_time(proposal).state == State.LAPSED
    assert proposal.due_at is None
    with pytest.raises(WrongState, match="lapsed"):
        sponsor(actor=members[1], option=main_option(proposal))


def test_a_draft_is_its_authors_alone(members: list[Actor]) -> None:
    proposal = draft(members)
    with pytest.raises(NotYours):
        submit(actor=members[1], proposal=proposal)
    with pytest.raises(NotYours):
        discard(actor=members[1], proposal=proposal)
    revise(actor=members[0], option=main_option(proposal), body="Half of it.")
    rename(actor=members[0], proposal=proposal, title="Another question")
    option = main_option(proposal)
    assert (option.title, [revision.body for revision in option.revisions.all()]) == (
        "Another question",
        ["Half of it."],
    )
    discard(actor=members[0], proposal=proposal)
    assert (Proposal.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_what_is_submitted_is_not_discarded(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members))
    with pytest.raises(WrongState):
        discard(actor=members[0], proposal=proposal)
    assert Proposal.objects.count() == 1


def test_a_new_text_leaves_a_week_to_read_it_but_never_past_the_longest(members: list[Actor]) -> None:
    proposal = seconded(members)
    begun, longest = proposal.discussion_ends_at, proposal.discussion_max_at
    revise(actor=members[0], option=main_option(proposal), body="More of it.")
    proposal.refresh_from_db()
    assert proposal.discussion_ends_at == begun  # two weeks are more than one
    soon = timezone.now() + timedelta(days=2)
    Proposal.objects.update(discussion_ends_at=soon, due_at=soon - timedelta(days=1))
    revise(actor=members[0], option=main_option(proposal), body="All the more.")
    proposal.refresh_from_db()
    assert proposal.discussion_ends_at is not None
    assert timedelta(0) <= timezone.now() + timedelta(days=7) - proposal.discussion_ends_at < timedelta(minutes=1)
    assert (proposal.due_at, proposal.opens_at) == (
        proposal.discussion_ends_at - timedelta(days=1),
        proposal.discussion_ends_at,
    )
    nearly = timezone.now() + timedelta(days=3)
    Proposal.objects.update(discussion_max_at=nearly)
    revise(actor=members[0], option=main_option(proposal), body="Once more.")
    proposal.refresh_from_db()
    assert (proposal.discussion_ends_at, longest) == (nearly, longest)
    bodies = {revision.body: revision.status for revision in main_option(proposal).revisions.all()}
    assert bodies == {
        "All of it.": RevisionStatus.SUPERSEDED,
        "More of it.": RevisionStatus.SUPERSEDED,
        "All the more.": RevisionStatus.SUPERSEDED,
        "Once more.": RevisionStatus.CURRENT,
    }


def test_an_amendment_is_accepted_or_rejected_by_who_proposed(members: list[Actor]) -> None:
    proposal = seconded(members)
    option = main_option(proposal)
    first = amend(actor=members[5], option=option, body="A better one.")
    with pytest.raises(WrongState, match="waits for an answer"):
        amend(actor=members[5], option=option, body="A still better one.")
    second = amend(actor=members[6], option=option, body="A worse one.")
    with pytest.raises(NotYours):
        accept_amendment(actor=members[5], revision=first)
    accept_amendment(actor=members[0], revision=first)
    reject_amendment(actor=members[0], revision=second)
    with pytest.raises(WrongState, match="answered"):
        accept_amendment(actor=members[0], revision=second)
    assert [(revision.body, revision.status) for revision in option.revisions.all()] == [
        ("All of it.", RevisionStatus.SUPERSEDED),
        ("A better one.", RevisionStatus.CURRENT),
        ("A worse one.", RevisionStatus.REJECTED),
    ]


def test_a_rejected_amendment_becomes_a_rival_option(members: list[Actor]) -> None:
    proposal = seconded(members)
    amendment = amend(actor=members[5], option=main_option(proposal), body="The other way round.")
    reject_amendment(actor=members[0], revision=amendment)
    amendment.refresh_from_db()
    with pytest.raises(NotYours):
        promote_amendment(actor=members[0], revision=amendment, title="Round")
    option = promote_amendment(actor=members[5], revision=amendment, title="The other way")
    assert (option.key, option.title) == ("b", "The other way")
    for actor in members[6:8]:
        sponsor(actor=actor, option=option)
    pass_time(proposal)
    assert [option.key for option in options_of(proposal)] == ["a", "b", "none"]


def test_an_option_without_its_sponsors_is_on_no_ballot(members: list[Actor]) -> None:
    proposal = seconded(members)
    option = add_option(actor=members[4], proposal=proposal, title="Rather not", body="Rather not.", action=STATEMENT)
    sponsor(actor=members[5], option=option)
    with pytest.raises(ProposalInvalid, match="an option in this vote already"):
        add_option(actor=members[4], proposal=proposal, title="Or else", body="Or else.", action=STATEMENT)
    pass_time(pass_time(proposal))
    assert [option.key for option in options_of(proposal)] == ["a", "none"]
    assert proposal.terms["method"] == "yesno"


def test_rivals_stand_on_one_ballot(members: list[Actor]) -> None:
    proposal = opened(members, "Rather this", "Rather that")
    assert (proposal.terms["method"], proposal.terms["options"]) == ("schulze", ["a", "b", "c", "none"])
    assert proposal.terms["default"] == "none"


def test_the_text_is_frozen_for_a_day(members: list[Actor]) -> None:
    proposal = pass_time(seconded(members))
    option = contenders_of(proposal)[0]
    for write in (
        lambda: revise(actor=members[0], option=option, body="Quite another."),
        lambda: amend(actor=members[5], option=option, body="Quite another."),
        lambda: withdraw(actor=members[0], option=option),
        lambda: unsponsor(actor=members[1], option=option),
        lambda: add_option(actor=members[5], proposal=proposal, title="Late", body="Late.", action=STATEMENT),
    ):
        with pytest.raises(WrongState, match="text frozen"):
            write()
    assert [(option.key, option.current.body) for option in contenders_of(proposal) if option.current] == [
        ("a", "All of it.")
    ]
    assert option.sponsorships.count() == 2


def test_who_withdraws_may_be_followed_within_a_day(members: list[Actor]) -> None:
    proposal = seconded(members)
    ends = proposal.discussion_ends_at
    with pytest.raises(NotYours):
        withdraw(actor=members[1], option=main_option(proposal))
    withdraw(actor=members[0], option=main_option(proposal))
    proposal.refresh_from_db()
    assert proposal.state == State.WITHDRAWN
    adopt(actor=members[1], proposal=proposal)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.author, proposal.discussion_ends_at) == (State.DISCUSSION, members[1].user, ends)
    option = main_option(proposal)
    assert (option.proposer, option.withdrawn_at, option.sponsorships.count()) == (members[1].user, None, 1)
    withdraw(actor=members[1], option=option)
    proposal.refresh_from_db()
    pass_time(proposal)
    assert (proposal.state, proposal.due_at) == (State.WITHDRAWN, None)
    with pytest.raises(WrongState, match="time to adopt"):
        adopt(actor=members[2], proposal=proposal)


def test_a_rival_goes_on_without_the_first(members: list[Actor]) -> None:
    proposal = seconded(members)
    rival(members[4:], proposal, "Rather this")
    withdraw(actor=members[0], option=main_option(proposal))
    proposal.refresh_from_db()
    assert (proposal.state, main_option(proposal).key) == (State.DISCUSSION, "b")
    pass_time(pass_time(proposal))
    assert [option.key for option in options_of(proposal)] == ["b", "none"]
    decided(members, proposal, yes=6)
    assert proposal.state == State.PASSED


def test_a_proposal_that_lost_its_sponsors_ends_before_the_vote(members: list[Actor]) -> None:
    proposal = seconded(members)
    unsponsor(actor=members[1], option=main_option(proposal))
    pass_time(proposal)
    assert (proposal.state, proposal.reason, proposal.due_at) == (
        State.WITHDRAWN,
        "Too few members sponsor this option.",
        None,
    )


def test_voting_ends_with_a_day_and_never_within_three(members: list[Actor]) -> None:
    proposal = opened(members)
    assert proposal.closes_at is not None
    assert proposal.opens_at is not None
    closes = proposal.closes_at.astimezone(UTC)
    assert (closes.hour, closes.minute, closes.second) == (23, 59, 59)
    assert closes.date() == (proposal.opens_at.astimezone(UTC) + timedelta(days=7)).date()


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "state"),
    [
        (6, 5, 0, State.PASSED),
        (6, 6, 0, State.REJECTED),  # as many, not more
        (5, 0, 0, State.NO_QUORUM),  # 3·√16/2 = 6 approvals
        (5, 0, 11, State.NO_QUORUM),  # attention is no approval
        (0, 0, 0, State.NO_QUORUM),
        (6, 5, 5, State.PASSED),
        (0, 16, 0, State.NO_QUORUM),
    ],
)
def test_quorum_and_majority(members: list[Actor], yes: int, no: int, abstain: int, state: State) -> None:
    assert decided(members, opened(members), yes=yes, no=no, abstain=abstain).state == state


@pytest.mark.parametrize(("yes", "no", "state"), [(9, 3, State.PASSED), (8, 3, State.REJECTED)])
def test_a_charter_needs_three_for_each_against(members: list[Actor], yes: int, no: int, state: State) -> None:
    proposal = opened(members, kind="charter")
    assert decided(members, proposal, yes=yes, no=no).state == state


def test_the_lazy_lane_passes_what_nobody_minds(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members, "lazy"))
    assert proposal.state == State.NOTICE
    assert proposal.due_at is not None
    assert timedelta(hours=71) < proposal.due_at - timezone.now() <= timedelta(hours=72)
    object_to(actor=members[1], proposal=proposal, text="Hm.")
    object_to(actor=members[1], proposal=proposal, text="Hm, hm.")
    assert [objection.text for objection in Objection.objects.all()] == ["Hm, hm."]
    assert pass_time(proposal).state == State.ENACTED
    assert log_of(proposal) == ["notice", "passed", "enacted"]
    assert result_of(proposal) is None


def test_enough_objections_send_it_the_long_way(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members, "lazy"))
    for actor in members[1:3]:
        object_to(actor=actor, proposal=proposal, text="No.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.kind) == (State.DISCUSSION, "ordinary")
    with pytest.raises(WrongState):
        object_to(actor=members[3], proposal=proposal, text="No.")
    for actor in members[1:3]:
        sponsor(actor=actor, option=main_option(proposal))
    pass_time(pass_time(proposal))
    assert decided(members, proposal, yes=7, no=2).state == State.PASSED
    assert hours_left(proposal) == 72


def test_an_announcement_may_be_taken_back(members: list[Actor]) -> None:
    proposal = submit(actor=members[0], proposal=draft(members, "lazy"))
    with pytest.raises(NotYours):
        withdraw(actor=members[1], option=main_option(proposal))
    withdraw(actor=members[0], option=main_option(proposal))
    proposal.refresh_from_db()
    assert (proposal.state, proposal.due_at) == (State.WITHDRAWN, None)


def test_time_does_nothing_twice_and_nothing_early(members: list[Actor]) -> None:
    proposal = seconded(members)
    before = AuditEvent.objects.count()
    clock.advance(proposal.pk)
    clock.advance_due()
    proposal.refresh_from_db()
    assert (proposal.state, AuditEvent.objects.count()) == (State.DISCUSSION, before)
    pass_time(proposal)
    clock.advance(proposal.pk)
    assert log_of(proposal) == ["seconding", "discussion", "frozen"]


def test_all_that_is_due_happens_at_once_after_a_long_silence(members: list[Actor]) -> None:
    proposal = seconded(members)
    long_ago = timezone.now() - timedelta(days=30)
    Proposal.objects.update(due_at=long_ago, discussion_ends_at=long_ago + timedelta(days=1))
    clock.advance_due()
    proposal.refresh_from_db()
    assert proposal.state == State.VOTING  # for its full time, from now on
    assert proposal.closes_at is not None
    assert proposal.closes_at - timezone.now() >= timedelta(days=6)


def test_one_that_fails_is_logged_and_keeps_nobody_waiting(
    members: list[Actor], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = seconded(members), seconded(members[3:])
    Proposal.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    freeze = clock._STEPS[State.DISCUSSION]

    def fail_once(proposal: Proposal) -> None:
        if proposal.pk == first.pk:
            raise RuntimeError("a bug")
        freeze(proposal)

    monkeypatch.setattr(clock, "_STEPS", {**clock._STEPS, State.DISCUSSION: fail_once})
    clock.advance_due()
    assert [proposal.state for proposal in Proposal.objects.order_by("pk")] == [State.DISCUSSION, State.FROZEN]
    assert second.pk > first.pk
    assert f"Proposal {first.pk} could not go on" in caplog.text


def test_nobody_floods_the_community(members: list[Actor]) -> None:
    for _ in range(10):
        draft(members)
    with pytest.raises(ProposalInvalid, match="10 proposals under way"):
        draft(members)
    assert Proposal.objects.count() == 10
