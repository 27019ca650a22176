"""Twice as many sponsors as a vote needs suspend a decision of moderators until the vote ends."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from community.discussions.models import Event, Thread
from community.discussions.services import add_comment, hide_comment
from community.governance.actions import action_of
from community.governance.casting import cast
from community.governance.errors import ActionRefused
from community.governance.models import AuditEvent, Proposal, State
from community.governance.officers import void
from community.governance.proposing import adopt, propose, revise, submit, withdraw
from community.governance.queries import main_option
from community.governance.sponsoring import accept_amendment, amend, sponsor, unsponsor
from community.governance.verification import problems
from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from community.moderation import queries
from community.moderation.errors import DecidedByVote, DecisionSuspended
from community.moderation.models import Flag, ModerationAction
from community.moderation.services import (
    flag_comment,
    hide_subject,
    mark_thread,
    overrule,
    report,
    resume,
    settle,
    split,
    suspend,
)
from community.notifications.models import Notification
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.community.governance.conftest import (
    STATEMENT,
    decided,
    pass_time,
    rival,
)
from tests.community.moderation.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(staff: Actor, comment: Event) -> ModerationAction:
    hide_comment(actor=staff, comment=comment, reason="Rude")
    return ModerationAction.objects.get()


def appeal(members: list[Actor], decision: ModerationAction, sponsors: int) -> Proposal:
    """Of the first of sixteen members, where two sponsors are needed and four suspend."""
    action = {"verb": "decision.overrule", "params": {"decision": decision.pk}}
    draft = propose(actor=members[0], kind="override", title="It was not rude", body="Really.", action=action)
    proposal = submit(actor=members[0], proposal=draft)
    for actor in members[1 : 1 + sponsors]:
        sponsor(actor=actor, option=main_option(proposal))
    proposal.refresh_from_db()
    return proposal


def is_hidden(comment: Event) -> bool:
    comment.refresh_from_db()
    return comment.hidden


def log() -> list[str]:
    return list(ModerationAction.objects.order_by("pk").values_list("verb", flat=True))


def audit() -> list[str]:
    verbs = [json.loads(body)["verb"] for body in AuditEvent.objects.order_by("pk").values_list("body", flat=True)]
    return [verb for verb in verbs if verb.startswith("action.")]


def test_the_fourth_sponsor_suspends_it_and_a_fifth_changes_nothing(
    members: list[Actor], decision: ModerationAction, comment: Event
) -> None:
    proposal = appeal(members, decision, 3)
    assert (proposal.state, is_hidden(comment), log(), audit()) == (State.DISCUSSION, True, ["hide-comment"], [])
    sponsor(actor=members[4], option=main_option(proposal))
    assert (is_hidden(comment), log(), audit()) == (False, ["hide-comment", "suspend"], ["action.suspended"])
    line = ModerationAction.objects.get(verb="suspend")
    assert (line.suspends, line.moderator, line.link) == (decision, None, f"/governance/{proposal.pk}")
    assert (line.comment, line.reason) == (comment, "It was not rude")
    sponsor(actor=members[4], option=main_option(proposal))
    sponsor(actor=members[5], option=main_option(proposal))
    unsponsor(actor=members[5], option=main_option(proposal))
    sponsor(actor=members[5], option=main_option(proposal))
    assert (log(), audit()) == (["hide-comment", "suspend"], ["action.suspended"])
    assert Notification.objects.filter(recipient=comment.author, target=reverse("decision", args=[line.pk])).exists()
    event = AuditEvent.objects.get(body__contains="action.suspended")
    assert json.loads(event.body)["payload"]["actions"] == [main_option(proposal).revisions.get().action]
    assert list(problems()) == []


def test_it_stays_undone_when_the_vote_passes(members: list[Actor], decision: ModerationAction, comment: Event) -> None:
    proposal = pass_time(pass_time(appeal(members, decision, 4)))
    assert (proposal.state, is_hidden(comment)) == (State.VOTING, False)
    decided(members, proposal, yes=8)
    assert (pass_time(proposal).state, is_hidden(comment)) == (State.ENACTED, False)
    assert (log(), audit()) == (["hide-comment", "suspend", "show-comment"], ["action.suspended"])
    decision.refresh_from_db()
    assert decision.overruled_by.link == proposal.address
    assert not queries.suspensions().exists()


@pytest.mark.parametrize("votes", [{"yes": 2, "no": 8}, {"yes": 2}])
def test_it_comes_back_when_the_vote_fails(
    members: list[Actor], decision: ModerationAction, comment: Event, votes: dict[str, int]
) -> None:
    proposal = pass_time(pass_time(appeal(members, decision, 4)))
    decided(members, proposal, **votes)
    assert (is_hidden(comment), log()) == (True, ["hide-comment", "suspend", "resume"])
    assert audit() == ["action.suspended", "action.resumed"]
    end = ModerationAction.objects.get(verb="resume")
    assert (end.overrules.verb, end.link) == ("suspend", proposal.address)
    assert not hasattr(ModerationAction.objects.get(pk=decision.pk), "overruled_by")
    assert list(problems()) == []


def test_it_comes_back_when_nobody_goes_on_with_it(
    members: list[Actor], decision: ModerationAction, comment: Event
) -> None:
    proposal = appeal(members, decision, 4)
    withdraw(actor=members[0], option=main_option(proposal))
    assert (is_hidden(comment), log()) == (True, ["hide-comment", "suspend", "resume"])
    adopt(actor=members[1], proposal=proposal)  # who sponsors it no longer
    assert (is_hidden(comment), log()[3:]) == (True, [])
    sponsor(actor=members[6], option=main_option(proposal))
    assert (is_hidden(comment), log()[3:]) == (False, ["suspend"])
    for actor in members[2:6]:
        unsponsor(actor=actor, option=main_option(proposal))
    assert not is_hidden(comment)  # whoever helped it to be suspended cannot make it flicker
    assert pass_time(proposal).state == State.WITHDRAWN  # it lacks sponsors
    assert (is_hidden(comment), log()[4:]) == (True, ["resume"])


def test_it_comes_back_when_the_vote_is_void(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor
) -> None:
    proposal = pass_time(pass_time(appeal(members, decision, 4)))
    void(actor=staff, proposal=proposal, reason="The roll was wrong.")
    assert (is_hidden(comment), log()) == (True, ["hide-comment", "suspend", "resume"])


def test_another_action_suspends_nothing_however_many_sponsored_the_first(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor, topic: Thread
) -> None:
    lock = mark_thread(actor=staff, thread=topic, verb="lock")
    other = {"verb": "decision.overrule", "params": {"decision": lock.pk}}
    proposal = appeal(members, decision, 4)
    revise(actor=members[0], option=main_option(proposal), body="Another text.")
    assert not is_hidden(comment)
    revise(actor=members[0], option=main_option(proposal), body="Rather that.", action=other)
    sponsor(actor=members[5], option=main_option(proposal))
    topic.refresh_from_db()
    assert (is_hidden(comment), topic.locked) == (True, True)
    assert log() == ["hide-comment", "lock", "suspend", "resume"]


def test_an_amendment_that_exchanges_it_ends_it(
    members: list[Actor], decision: ModerationAction, comment: Event
) -> None:
    proposal = appeal(members, decision, 4)
    amendment = amend(actor=members[1], option=main_option(proposal), body="Only say so.", action=STATEMENT)
    assert not is_hidden(comment)
    accept_amendment(actor=members[0], revision=amendment)
    assert (is_hidden(comment), audit()) == (True, ["action.suspended", "action.resumed"])


def test_two_proposals_about_one_decision_suspend_it_until_both_are_over(
    members: list[Actor], decision: ModerationAction, comment: Event
) -> None:
    one, other = appeal(members, decision, 4), appeal(members[5:], decision, 4)
    assert log() == ["hide-comment", "suspend", "suspend"]
    withdraw(actor=members[0], option=main_option(one))
    assert (is_hidden(comment), log()[3:]) == (False, ["resume"])
    withdraw(actor=members[5], option=main_option(other))
    assert (is_hidden(comment), log()[3:]) == (True, ["resume", "resume"])


def test_a_tie_is_not_the_end_but_its_run_off_is(
    members: list[Actor], decision: ModerationAction, comment: Event
) -> None:
    proposal = appeal(members, decision, 4)
    rival(members[5:], proposal, "Say something")
    pass_time(pass_time(proposal))
    for number, actor in enumerate(members[:12]):
        cast(actor=actor, proposal=proposal, choice=[["a"], ["b"]] if number % 2 else [["b"], ["a"]])
    assert pass_time(proposal).state == State.TIED
    assert not is_hidden(comment)
    again = proposal.runoffs.get()
    for actor in members[:7]:
        cast(actor=actor, proposal=again, choice=[["b"], ["a"]])
    assert pass_time(pass_time(again)).state == State.ENACTED
    assert (is_hidden(comment), log()) == (True, ["hide-comment", "suspend", "resume"])


def test_moderators_do_not_decide_it_anew_meanwhile(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor, trusted: list[Actor]
) -> None:
    appeal(members, decision, 6)  # the trusted are members too, so that three sponsors are needed
    assert not is_hidden(comment)
    with pytest.raises(DecisionSuspended):
        hide_comment(actor=staff, comment=comment, reason="Still rude")
    for actor in trusted:
        flag_comment(actor=actor, comment=comment, reason="abuse")
    flags = Flag.objects.filter(decision=None)
    with pytest.raises(DecisionSuspended):
        settle(actor=staff, flag=flags[0], agree=True, reason="Rude")
    with pytest.raises(DecidedByVote):
        overrule(action=ModerationAction.objects.get(verb="suspend"), actor=staff)
    assert (is_hidden(comment), log(), flags.count()) == (False, ["hide-comment", "suspend"], 3)


def test_moderators_who_see_it_themselves_end_the_matter(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor
) -> None:
    proposal = appeal(members, decision, 4)
    overrule(action=decision, actor=staff, reason="I was wrong")
    assert pass_time(proposal).state == State.WITHDRAWN
    assert (is_hidden(comment), log()) == (False, ["hide-comment", "suspend", "show-comment"])


def test_what_a_vote_decided_is_not_suspended(members: list[Actor], comment: Event, staff: Actor) -> None:
    decision = ModerationAction.objects.create(
        verb="hide-comment", kind="forum", key=comment.thread.board.key, comment=comment, link="/governance/1"
    )
    assert not suspend(action=decision, reason="No", link="/governance/2")
    appeal(members, decision, 4)
    assert (log(), audit()) == (["hide-comment"], [])


@pytest.mark.parametrize("votes", [{"yes": 2, "no": 8}, {"yes": 2}])
def test_what_a_vote_kept_is_not_suspended_again_but_may_be_voted_on(
    client: Client, members: list[Actor], decision: ModerationAction, comment: Event, votes: dict[str, int]
) -> None:
    decided(members, pass_time(pass_time(appeal(members, decision, 4))), **votes)
    before = (log(), audit())
    again = appeal(members, decision, 6)
    assert (is_hidden(comment), log(), audit()) == (True, *before)
    page = client.get(again.address).content.decode()
    assert ("sponsors suspend" in page, "sponsors do not suspend it again" in page) == (False, True)
    assert client.get(f"/api/governance/proposals/{again.pk}").json()["options"][0]["suspending"] is None
    decided(members, pass_time(pass_time(again)), yes=8)
    assert (pass_time(again).state, is_hidden(comment)) == (State.ENACTED, False)


def test_another_decision_about_the_same_may_be_suspended(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor
) -> None:
    decided(members, pass_time(pass_time(appeal(members, decision, 4))), no=8)
    show = overrule(action=decision, actor=staff, reason="Well")
    hide_comment(actor=staff, comment=comment, reason="Rude all the same")
    later = ModerationAction.objects.filter(verb="hide-comment").latest("pk")
    assert (is_hidden(comment), later.pk > show.pk) == (True, True)
    appeal(members, later, 4)
    assert not is_hidden(comment)


def test_a_vote_that_was_not_counted_keeps_nothing(
    members: list[Actor], decision: ModerationAction, comment: Event, staff: Actor
) -> None:
    void(actor=staff, proposal=pass_time(pass_time(appeal(members, decision, 4))), reason="The roll was wrong.")
    assert is_hidden(comment)
    appeal(members, decision, 4)
    assert not is_hidden(comment)


def test_lines_about_suspensions_are_no_decisions(members: list[Actor], decision: ModerationAction) -> None:
    proposal = appeal(members, decision, 4)
    line = ModerationAction.objects.get(verb="suspend")
    with pytest.raises(ActionRefused, match="no decision of moderators"):
        action_of("decision.overrule").check({"decision": line.pk})
    withdraw(actor=members[0], option=main_option(proposal))
    end = ModerationAction.objects.get(verb="resume")
    with pytest.raises(ActionRefused, match="no decision of moderators"):
        action_of("decision.overrule").check({"decision": end.pk})
    assert not resume(action_id=decision.pk, reason="", link=proposal.address)


def state_of(thread: Thread) -> tuple[bool, bool, bool, int]:
    thread.refresh_from_db()
    return thread.hidden, thread.locked, thread.pinned, thread.events.count()


@pytest.mark.parametrize("verb", ["hide-thread", "lock", "pin", "split", "dismiss", "uphold"])
def test_every_decision_is_undone_and_done_again(topic: Thread, comment: Event, staff: Actor, verb: str) -> None:
    later = add_comment(actor=staff, thread=topic, text="About compost")
    flag = report(actor=staff, kind="forum", key=topic.board.key, reason="other")
    before = (state_of(topic), Flag.objects.filter(decision=None).count())
    decide: dict[str, Callable[[], object]] = {
        "split": partial(split, actor=staff, comment=later, title="Compost", rest=True),
        "dismiss": partial(settle, actor=staff, flag=flag, agree=False, reason=""),
        "uphold": partial(settle, actor=staff, flag=flag, agree=True, reason=""),
    }
    decide.get(verb, partial(mark_thread, actor=staff, thread=topic, verb=verb))()
    decision = ModerationAction.objects.get()
    after = (state_of(topic), Flag.objects.filter(decision=None).count())
    assert (decision.verb, after != before) == (verb, True)
    assert suspend(action=decision, reason="Why", link="/governance/1")
    assert not suspend(action=decision, reason="Why", link="/governance/1")
    assert (state_of(topic), Flag.objects.filter(decision=None).count()) == before
    assert resume(action_id=decision.pk, reason="Why", link="/governance/1")
    assert not resume(action_id=decision.pk, reason="Why", link="/governance/1")
    assert (state_of(topic), Flag.objects.filter(decision=None).count()) == after


def test_a_hidden_model_is_shown_meanwhile_and_says_so(
    client: Client, members: list[Actor], bob: User, staff: Actor
) -> None:
    repo = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="tiny", private=False)
    decision = hide_subject(kind="repo", key=repo.pk, reason="A doubt", by=staff.user)
    assert client.get("/bob/tiny").status_code == 404
    proposal = appeal(members, decision, 4)
    page = client.get("/bob/tiny").content.decode()
    assert f'Suspended until a vote about it ends: <a href="/moderation/log/{decision.pk}">hid all of it</a>' in page
    assert proposal.address in page
    with pytest.raises(DecisionSuspended):
        hide_subject(kind="repo", key=repo.pk, reason="Again", by=staff.user)
    assert not Repo.objects.get().hidden
    withdraw(actor=members[0], option=main_option(proposal))
    assert client.get("/bob/tiny").status_code == 404
    assert [row.verb for row in queries.decisions(ANONYMOUS)] == ["resume", "suspend", "hide-subject"]
    assert "bob/tiny" not in client.get("/moderation/log").content.decode()


def test_pages_and_api_show_it(client: Client, members: list[Actor], decision: ModerationAction) -> None:
    proposal = appeal(members, decision, 3)
    assert "4 sponsors suspend the decision at once" in client.get(proposal.address).content.decode()
    sponsor(actor=members[4], option=main_option(proposal))
    assert "suspended until the vote ends" in client.get(proposal.address).content.decode()
    notice = f'<a href="/moderation/log/{decision.pk}">hid a comment</a> · <a href="{proposal.address}">It was not rude'
    assert notice in client.get("/forum/garden/1").content.decode()
    assert notice in client.get(f"/moderation/log/{decision.pk}").content.decode()
    line = ModerationAction.objects.get(verb="suspend")
    assert "Sponsors of a proposal" in client.get(f"/moderation/log/{line.pk}").content.decode()
    assert client.get("/moderation/log").content.decode().count(">suspended<") == 1
    shown = client.get(f"/api/moderation/log/{decision.pk}").json()
    assert (shown["suspended"], shown["suspends"]) == (True, None)
    assert client.get(f"/api/moderation/log/{line.pk}").json()["suspends"] == decision.pk
    option = client.get(f"/api/governance/proposals/{proposal.pk}").json()["options"][0]
    assert (option["suspending"], option["effect"]["changes"][0]["before"]) == (4, "suspended until the vote ends")
    assert signed_in(members[5].user).post(f"/governance/{proposal.pk}/options/a/sponsor").status_code == 302
    withdraw(actor=members[0], option=main_option(proposal))
    end = client.get(f"/moderation/log/{ModerationAction.objects.get(verb='resume').pk}").content.decode()
    assert ("This ends a suspension" in end, "To appeal" in end) == (True, False)
    assert notice not in client.get("/forum/garden/1").content.decode()
    why = client.get(f"/discussions/comments/{decision.comment_id}/why")
    assert why.headers["Location"] == f"/moderation/log/{decision.pk}"
