"""What passed is carried out once, whole, and only if the hub is as it was when the text was frozen."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from community.forum.models import Category
from community.governance import actions, clock
from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.casting import cast
from community.governance.enacting import winning_options
from community.governance.errors import ActionRefused, NotInOffice, ProposalInvalid, UnknownVerb, WrongState
from community.governance.models import (
    Ballot,
    BallotLink,
    ElectorateMember,
    Office,
    Option,
    Participation,
    Proposal,
    RollRequest,
    State,
)
from community.governance.officers import decide_request, enact_again, hold, request_vote, void
from community.governance.proposing import propose, submit, withdraw
from community.governance.queries import main_option, result_of, roll_of, waiting_for
from community.governance.verification import problems
from community.members.actors import Actor
from community.members.models import User
from community.notifications.models import Notification
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


class OpenRoom(Action):
    """A room of the forum, called as the vote says."""

    verb = "category.test"
    title = "Open a room"
    fields = (Field("slug", "Room"),)

    def describe(self, params: Mapping[str, Any]) -> str:
        return f"The forum has a room {params['slug']}."

    def plan(self, values: Values) -> Plan:
        slug = values["slug"]
        if slug == "impossible":
            raise ActionRefused("There can be no such room.")
        room = Category.objects.filter(slug=slug).first()
        changes = [Change("a room", "", slug)] if room is None else []
        return Plan(changes, room and room.name, lambda _proposal: Category.objects.create(slug=slug, name=slug))


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    actions.register(OpenRoom())
    yield
    actions._actions.pop("category.test", None)  # some tests take it away themselves


def room(slug: str) -> dict[str, Any]:
    return {"verb": "category.test", "params": {"slug": slug}}


def rooms() -> set[str]:
    return set(Category.objects.filter(slug__startswith="test-").values_list("slug", flat=True))


@pytest.fixture
def maintainer(members: list[Actor]) -> Actor:
    return in_office(members[15], "maintainer")


@pytest.fixture
def officer(members: list[Actor]) -> Actor:
    return in_office(members[14], "officer")


def in_office(actor: Actor, role: str) -> Actor:
    assert actor.user is not None
    elected = Proposal.objects.create(kind="election", title="Elected before", state="passed")
    Office.objects.create(user=actor.user, role=role, proposal=elected)
    return actor


def test_the_winner_is_carried_out_and_no_other(members: list[Actor]) -> None:
    proposal = seconded(members, action=room("test-a"))
    other = rival(members[3:], proposal, "Rather that")
    other.revisions.update(action=room("test-b"))
    pass_time(pass_time(proposal))
    for actor in members[:8]:
        cast(actor=actor, proposal=proposal, choice=[["b"], ["a"]])
    pass_time(proposal)
    assert (proposal.state, rooms()) == (State.PASSED, set())
    assert [option.key for option in winning_options(proposal)] == ["b"]
    pass_time(proposal)
    assert (proposal.state, rooms(), proposal.reason) == (State.ENACTED, {"test-b"}, "")
    pass_time(proposal)
    assert Category.objects.filter(slug="test-b").count() == 1


def test_a_hub_that_changed_meanwhile_is_left_alone(members: list[Actor], maintainer: Actor) -> None:
    proposal = decided(members, opened(members, action=room("test-a")), yes=8)
    Category.objects.create(slug="test-a", name="Somebody else's")
    pass_time(proposal)
    assert (proposal.state, proposal.due_at) == (State.ENACT_FAILED, None)
    assert proposal.reason == "What “A question” would change is no longer as it was when the text was frozen."
    assert Category.objects.get(slug="test-a").name == "Somebody else's"
    with pytest.raises(NotInOffice):
        enact_again(actor=members[0], proposal=proposal)
    enact_again(actor=maintainer, proposal=proposal)
    proposal.refresh_from_db()
    assert proposal.state == State.ENACT_FAILED
    Category.objects.filter(slug="test-a").delete()
    enact_again(actor=maintainer, proposal=proposal)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, rooms()) == (State.ENACTED, "", {"test-a"})
    assert log_of(proposal)[-3:] == ["passed", "enact_failed", "enacted"]


def test_nothing_is_half_done(members: list[Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = decided(members, opened(members, action=room("test-a")), yes=8)

    def fail_late(_action: Action, _params: Any, *, proposal: Proposal) -> None:
        Category.objects.create(slug="test-half", name=proposal.title)
        raise ActionRefused("It did not work.")

    monkeypatch.setattr(OpenRoom, "apply", fail_late)
    pass_time(proposal)
    assert (proposal.state, proposal.reason, rooms()) == (State.ENACT_FAILED, "It did not work.", set())


class Broken(OpenRoom):
    """Sound until it is carried out, and then an error that nobody foresaw."""

    verb = "category.broken"
    mended = False

    def plan(self, values: Values) -> Plan:
        plan = super().plan(values)
        return plan if self.mended else Plan(plan.changes, plan.state, lambda _proposal: self._half(values["slug"]))

    def _half(self, slug: str) -> None:
        Category.objects.create(slug=f"{slug}-half", name=slug)
        Category.objects.create(slug=f"{slug}-half", name=slug)  # the database refuses the second


@pytest.fixture
def broken() -> Iterator[Broken]:
    action = Broken()
    actions.register(action)
    yield action
    del actions._actions["category.broken"]


def failing(members: list[Actor]) -> Proposal:
    """Passed, and given to a broken action."""
    action = {"verb": "category.broken", "params": {"slug": "test-a"}}
    return decided(members, opened(members, action=action), yes=8)


def test_a_bug_in_an_action_is_tried_again_at_longer_intervals_and_then_given_up(
    members: list[Actor], broken: Broken, maintainer: Actor, officer: Actor, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    proposal = failing(members)
    for failures, pause in enumerate(clock.PAUSES, 1):
        pass_time(proposal)
        assert (proposal.state, proposal.failures, rooms()) == (State.PASSED, failures, set())
        assert proposal.due_at is not None
        assert timedelta(0) <= timezone.now() + pause - proposal.due_at < timedelta(minutes=1)
        due_at = proposal.due_at
        clock.advance(proposal.pk)  # somebody looks
        proposal.refresh_from_db()
        assert (proposal.failures, proposal.due_at) == (failures, due_at)
    pass_time(proposal)
    assert (proposal.state, proposal.due_at, proposal.failures, rooms()) == (State.ENACT_FAILED, None, 0, set())
    assert proposal.reason.startswith("An error of the hub (IntegrityError) kept this from being carried out;")
    assert log_of(proposal)[-2:] == ["passed", "enact_failed"]
    assert json.loads(proposal.events.latest("pk").body)["payload"]["reason"] == proposal.reason
    told = Notification.objects.filter(topic="proposal-failed").values_list("recipient__username", flat=True)
    assert {"m15", "m14", "alice", "m00"} <= set(told)
    assert not [problem for problem in problems() if f"#{proposal.pk}:" in problem]


def test_who_may_tries_again_once_it_is_mended(
    members: list[Actor], broken: Broken, officer: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    proposal = failing(members)
    for _pause in [*clock.PAUSES, "the last"]:
        pass_time(proposal)
    caplog.clear()
    with pytest.raises(NotInOffice):
        enact_again(actor=members[0], proposal=proposal)
    with translation.override("zh-hans"):
        enact_again(actor=officer, proposal=proposal)
    proposal.refresh_from_db()
    assert (proposal.state, rooms()) == (State.ENACT_FAILED, set())
    assert proposal.reason.startswith("An error of the hub (IntegrityError)")
    assert caplog.records[0].exc_info is not None
    broken.mended = True
    assert officer.user is not None
    pages = Client()
    pages.force_login(officer.user)
    assert "Try again to carry it out" in pages.get(proposal.address).content.decode()
    assert pages.post(f"/api/governance/proposals/{proposal.pk}/enact").json()["state"] == "enacted"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, rooms()) == (State.ENACTED, "", {"test-a"})


def test_a_bug_that_is_mended_meanwhile_is_never_noticed(members: list[Actor], broken: Broken) -> None:
    proposal = failing(members)
    pass_time(proposal)
    broken.mended = True
    assert pass_time(proposal).state == State.ENACTED
    assert (proposal.failures, proposal.reason, rooms()) == (0, "", {"test-a"})


def test_one_bad_proposal_does_not_keep_the_others_or_its_page(
    members: list[Actor], broken: Broken, client: Client
) -> None:
    bad, good = failing(members), decided(members, opened(members[3:], action=room("test-b")), yes=8)
    ago = timezone.now() - timedelta(seconds=1)
    Proposal.objects.filter(pk=bad.pk).update(due_at=ago - timedelta(hours=1))  # it comes first
    Proposal.objects.filter(pk=good.pk).update(due_at=ago)
    assert client.get("/governance").status_code == 200  # whose look lets time go on
    assert [*Proposal.objects.filter(pk__in=[bad.pk, good.pk]).order_by("pk").values_list("state", "failures")] == [
        ("passed", 1),
        ("enacted", 0),
    ]
    assert client.get(bad.address).status_code == 200
    assert rooms() == {"test-b"}


def test_a_step_before_the_vote_that_fails_is_tried_for_ever(
    members: list[Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = seconded(members, action=room("test-a"))
    monkeypatch.setattr(OpenRoom, "found", lambda *_args: 1 / 0)
    for _number in range(7):
        pass_time(proposal)
    assert (proposal.state, proposal.failures, list(proposal.preconditions)) == (State.DISCUSSION, 7, [])
    assert proposal.due_at is not None
    assert proposal.due_at > timezone.now() + timedelta(hours=3)
    monkeypatch.undo()
    assert pass_time(proposal).state == State.FROZEN
    assert proposal.failures == 0


@pytest.mark.parametrize(
    ("kind", "action", "refusal"),
    [
        ("ordinary", {"verb": "rules.set", "params": {}}, ProposalInvalid),
        ("ordinary", {"verb": "model.unheard", "params": {}}, UnknownVerb),
        ("ordinary", {"verb": "category.test", "params": {"slug": "impossible"}}, ActionRefused),
        ("ordinary", {"verb": "category.test", "params": {}}, ActionRefused),
        ("ordinary", {"verb": ["none"], "params": {}}, ProposalInvalid),
        ("ordinary", {}, ProposalInvalid),
        ("charter", {"verb": "category.test", "params": {"slug": "test-a"}}, ProposalInvalid),
        ("unheard", STATEMENT, ProposalInvalid),
    ],
)
def test_what_cannot_be_done_is_not_proposed(
    members: list[Actor], kind: str, action: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        propose(actor=members[0], kind=kind, title="A question", body="All of it.", action=action)
    assert (Proposal.objects.count(), Option.objects.count()) == (0, 0)


def test_what_became_impossible_falls_when_the_text_is_frozen(members: list[Actor]) -> None:
    proposal = seconded(members, action=room("test-a"))
    rival(members[3:], proposal, "Rather nothing")
    Category.objects.create(slug="test-a", name="Already")
    assert pass_time(proposal).state == State.FROZEN
    assert list(proposal.preconditions) == ["b"]
    alone = seconded(members[6:], action=room("test-b"))
    Category.objects.create(slug="test-b", name="Already")
    assert pass_time(alone).state == State.WITHDRAWN
    assert alone.reason == "It is like that already: this would change nothing."


def test_the_lazy_lane_notes_what_it_found_when_it_is_announced(members: list[Actor]) -> None:
    draft = propose(actor=members[0], kind="lazy", title="A question", body="All of it.", action=STATEMENT)
    proposal = submit(actor=members[0], proposal=draft)
    assert list(proposal.preconditions) == [main_option(proposal).key]


def test_maintainers_hold_and_the_members_insist(members: list[Actor], maintainer: Actor) -> None:
    proposal = decided(members, opened(members, action=room("test-a")), yes=8)
    with pytest.raises(NotInOffice):
        hold(actor=members[0], proposal=proposal, reason="No.")
    question = hold(actor=maintainer, proposal=proposal, reason="The law forbids it.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.due_at) == (State.HELD, "The law forbids it.", None)
    assert (question.state, question.kind, question.confirms) == (State.VOTING, "ordinary", proposal)
    assert (question.terms["method"], question.title) == ("yesno", f"#{proposal.pk}: A question")
    with pytest.raises(WrongState):
        hold(actor=maintainer, proposal=proposal, reason="Again.")
    decided(members, question, yes=8, no=2)
    proposal.refresh_from_db()
    question.refresh_from_db()
    assert question.state == State.ENACTED
    assert proposal.state == State.PASSED
    with pytest.raises(WrongState, match="asked once more"):
        hold(actor=maintainer, proposal=proposal, reason="Again.")
    pass_time(proposal)
    assert (proposal.state, rooms()) == (State.ENACTED, {"test-a"})


@pytest.mark.parametrize("votes", [{"yes": 2, "no": 8}, {"yes": 2}])
def test_what_is_held_falls_if_they_do_not(members: list[Actor], maintainer: Actor, votes: dict[str, int]) -> None:
    proposal = decided(members, opened(members, action=room("test-a")), yes=8)
    question = hold(actor=maintainer, proposal=proposal, reason="The law forbids it.")
    decided(members, question, **votes)
    proposal.refresh_from_db()
    assert (proposal.state, rooms()) == (State.REJECTED, set())
    assert result_of(proposal) is not None


def test_a_question_about_a_hold_that_is_voided_is_asked_again(
    members: list[Actor], maintainer: Actor, officer: Actor
) -> None:
    proposal = decided(members, opened(members, action=room("test-a")), yes=8)
    question = hold(actor=maintainer, proposal=proposal, reason="The law forbids it.")
    void(actor=officer, proposal=question, reason="A wrong mail went out.")
    proposal.refresh_from_db()
    assert [vote.state for vote in proposal.confirmations.order_by("pk")] == [State.VOID, State.VOTING]
    assert proposal.state == State.HELD


def test_officers_void_a_vote_and_nothing_of_it_stays(members: list[Actor], officer: Actor) -> None:
    proposal = opened(members)
    vote_all(members, proposal, yes=6)
    with pytest.raises(NotInOffice):
        void(actor=members[0], proposal=proposal, reason="I lose.")
    void(actor=officer, proposal=proposal, reason="The roll was wrong.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.result) == (State.VOID, "The roll was wrong.", {})
    assert [model.objects.count() for model in (Ballot, BallotLink, Participation)] == [0, 0, 0]
    assert pass_time(proposal).state == State.VOID
    assert log_of(proposal)[-2:] == ["voting", "void"]


def test_staff_stands_in_until_officers_are_elected(members: list[Actor]) -> None:
    staff = members[13]
    assert staff.user is not None
    staff.user.is_staff = True
    staff.user.save()
    void(actor=staff, proposal=seconded(members), reason="A test of the machine.")
    in_office(members[14], "officer")
    with pytest.raises(NotInOffice):
        void(actor=staff, proposal=seconded(members[3:]), reason="A test of the machine.")


def test_an_officer_has_no_power_over_a_vote_of_their_own(members: list[Actor], officer: Actor) -> None:
    proposal = seconded(members)
    rival([officer, *members[3:5]], proposal, "Rather this")
    with pytest.raises(ProposalInvalid, match="another officer"):
        void(actor=officer, proposal=proposal, reason="I lose.")
    proposal.refresh_from_db()
    assert proposal.state == State.DISCUSSION


def test_who_is_not_a_voter_may_ask_to_be_one(members: list[Actor], officer: Actor, alice: User, bob: User) -> None:
    proposal = seconded(members)
    first = request_vote(actor=Actor(user=alice), proposal=proposal, text="I translate.")
    second = request_vote(actor=Actor(user=bob), proposal=proposal, text="I watch.")
    assert request_vote(actor=Actor(user=alice), proposal=proposal, text="Please.") == first
    with pytest.raises(ProposalInvalid, match="without asking"):
        request_vote(actor=members[0], proposal=proposal, text="Me too.")
    assert waiting_for(officer).requests == [first, second]
    assert waiting_for(members[0]).requests == []
    with pytest.raises(NotInOffice):
        decide_request(actor=members[0], request=first, granted=True)
    decide_request(actor=officer, request=first, granted=True)
    decide_request(actor=officer, request=second, granted=False)
    assert log_of(proposal)[-2:] == ["roll.granted", "roll.refused"]
    pass_time(pass_time(proposal))
    assert {member.username for member in roll_of(proposal)} >= {"alice", "m00"}
    assert (roll_of(proposal).count(), roll_of(proposal).filter(username="bob").count()) == (17, 0)
    cast(actor=Actor(user=alice), proposal=proposal, choice="yes")
    assert roll_of(opened(members[3:])).count() == 16  # it was for this vote


def test_requests_end_three_days_before_the_vote(members: list[Actor], alice: User) -> None:
    proposal = seconded(members)
    Proposal.objects.update(opens_at=timezone.now() + timedelta(hours=71))
    with pytest.raises(WrongState, match="72 hours"):
        request_vote(actor=Actor(user=alice), proposal=proposal, text="I translate.")
    assert (RollRequest.objects.count(), ElectorateMember.objects.count()) == (0, 0)


@pytest.mark.parametrize("part", ["describe", "plan"])
def test_a_bug_in_a_preview_takes_no_page_away(
    members: list[Actor], client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    proposal = seconded(members, action=room("test-a"))

    def broken(_self: Action, _given: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(OpenRoom, part, broken)
    told = "What it would change cannot be shown"
    page = client.get(f"/governance/{proposal.pk}")
    assert (page.status_code, told in page.content.decode()) == (200, True)
    option = client.get(f"/api/governance/proposals/{proposal.pk}").json()["options"][0]
    assert told in json.dumps(option)
    assert "What category.test would change cannot be shown" in caplog.text


def test_a_verb_that_is_gone_keeps_neither_page_nor_proposal_from_its_end(members: list[Actor], client: Client) -> None:
    proposal = opened(members, action=room("test-a"))
    del actions._actions["category.test"]
    told = "No vote can do “category.test” on this hub."
    page = client.get(f"/governance/{proposal.pk}")
    assert (page.status_code, told in page.content.decode()) == (200, True)
    (option, _default) = client.get(f"/api/governance/proposals/{proposal.pk}").json()["options"]
    assert (option["effect"]["sentence"], option["suspending"]) == (told, None)
    decided(members, proposal, yes=8)
    assert proposal.state == State.PASSED
    pass_time(proposal)
    assert (proposal.state, proposal.reason, rooms()) == (State.ENACT_FAILED, told, set())


def test_a_proposal_whose_verb_is_gone_is_withdrawn(members: list[Actor]) -> None:
    proposal = seconded(members, action=room("test-a"))
    del actions._actions["category.test"]
    withdraw(actor=members[0], option=main_option(proposal))
    proposal.refresh_from_db()
    assert proposal.state == State.WITHDRAWN


def test_a_reason_is_not_in_the_language_of_whoever_looked_first(members: list[Actor], client: Client) -> None:
    proposal = seconded(members, action=room("test-a"))
    main_option(proposal).sponsorships.all().delete()
    Proposal.objects.filter(pk=proposal.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    with translation.override("en"):  # what the request activates stays active
        page = client.get(proposal.address, HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    proposal.refresh_from_db()
    reason = "Too few members sponsor this option."
    assert (proposal.state, proposal.reason, reason in page, 'lang="zh-hans"' in page) == (
        "withdrawn",
        reason,
        True,
        True,
    )
    assert json.loads(proposal.events.latest("pk").body)["payload"]["reason"] == reason
