"""The pages of governance, by what members do on them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import trans_real
from pytest_django import DjangoAssertNumQueries

from community.governance.casting import cast
from community.governance.models import AuditEvent, Option, Proposal, Sponsorship, State
from community.governance.officers import request_vote
from community.governance.proposing import propose, withdraw
from community.governance.queries import main_option
from community.governance.rules import DEFAULT_TITLE
from community.governance.sponsoring import amend, stand
from community.governance.verification import problems
from community.members.actors import Actor
from community.members.models import User
from tests.community.governance.conftest import next_year, opened, pass_time, seconded
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db
TERM = {"verb": "role.grant", "params": {"role": "moderator", "until": next_year().isoformat()}, "seats": 1}


def as_member(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return re.sub(r"\s+", " ", response.content.decode())


def election(members: list[Actor], candidates: int, seats: int = 1) -> Proposal:
    proposal = seconded(members, "election", title="Who moderates", action=TERM | {"seats": seats})
    for actor in members[:candidates]:
        stand(actor=actor, proposal=proposal, body=f"I am {actor.user}.")
    return pass_time(pass_time(proposal))


def counted(members: list[Actor], choices: list[Any], kind: str = "ordinary", **wish: Any) -> Proposal:
    proposal = opened(members, kind=kind, **wish)
    for actor, choice in zip(members, choices, strict=False):
        cast(actor=actor, proposal=proposal, choice=choice)
    return pass_time(proposal)


class TestProposing:
    def test_from_kind_to_discussion(self, members: list[Actor]) -> None:
        client = as_member(members[0])
        address = reverse("write-proposal", args=["ordinary", "none"])
        choice = text_of(client, "/governance/new")
        assert address in choice
        assert "accounts of at least 30 days" not in choice
        answer = client.post(address, {"title": "Be kind", "body": "To *all*."})
        proposal = Proposal.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/governance/{proposal.pk}")
        draft = text_of(client, proposal.address)
        assert "Only you see this draft." in draft
        assert "To <em>all</em>." in draft
        assert text_of(as_member(members[1]), proposal.address, 404)
        client.post(f"{proposal.address}/submit")
        proposal.refresh_from_db()
        assert proposal.state == State.SECONDING
        for actor in members[1:3]:
            as_member(actor).post(f"{proposal.address}/options/a/sponsor")
        proposal.refresh_from_db()
        assert proposal.state == State.DISCUSSION

    def test_a_form_is_made_of_the_fields_of_its_action(self, members: list[Actor]) -> None:
        client = as_member(members[0])
        address = reverse("write-proposal", args=["override", "role.revoke"])
        page = text_of(client, address)
        assert 'name="param-member"' in page
        assert '<option value="moderator">' in page
        assert 'name="public"' not in page  # about people
        wish = {"title": "Out", "body": "Why not.", "param-member": "nobody", "param-role": "officer"}
        refused = client.post(address, wish)
        assert refused.status_code == 422
        assert "“Member” cannot be “nobody”." in refused.content.decode()
        assert Proposal.objects.count() == 0

    def test_who_may_not_vote_may_not_propose(self, alice: User) -> None:
        client = Client()
        client.force_login(alice)
        refused = client.post(reverse("write-proposal", args=["ordinary", "none"]), {"title": "Mine", "body": "All."})
        assert refused.status_code == 422
        assert refused.content.decode().count("accounts of at least 30 days") == 1
        for address in ("/governance/new", reverse("write-proposal", args=["ordinary", "none"])):
            assert "accounts of at least 30 days" in text_of(client, address)  # before anything is written
        assert Proposal.objects.count() == 0

    def test_an_unknown_kind(self, members: list[Actor]) -> None:
        assert text_of(as_member(members[0]), "/governance/new/ordinary/rules.set", 400)

    def test_a_draft_is_changed_and_discarded(self, members: list[Actor]) -> None:
        client = as_member(members[0])
        proposal = propose(actor=members[0], kind="ordinary", title="One", body="Text", action={"verb": "none"})
        client.post(f"{proposal.address}/rename", {"title": "Another"})
        client.post(f"{proposal.address}/options/a/edit", {"body": "Better"})
        page = text_of(client, proposal.address)
        assert "Another" in page
        assert "Better" in page
        client.post(f"{proposal.address}/discard")
        assert not Proposal.objects.exists()

    def test_the_rest_of_the_way(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        page = text_of(Client(), proposal.address)
        assert 'aria-current="step"' in page
        assert page.index("in discussion") < page.index("text frozen") < page.index("voting")
        assert page.count("data-local") >= 3


class TestOthersTexts:
    def test_an_amendment_is_compared_and_accepted(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        as_member(members[4]).post(f"{proposal.address}/options/a/amend", {"body": "All of it, and more."})
        author = as_member(members[0])
        page = text_of(author, proposal.address)
        assert "<del>All of it.</del>" in page
        assert "<ins>All of it, and more.</ins>" in page
        assert "proposes a change of your text." in text_of(author, "/governance")
        revision = main_option(proposal).revisions.get(status="proposed")
        author.post(f"{proposal.address}/amendments/{revision.pk}/accept")
        assert "<ins>All of it, and more.</ins>" in text_of(Client(), f"{proposal.address}/options/a/history")

    def test_a_rejected_amendment_becomes_an_option(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        revision = amend(actor=members[4], option=main_option(proposal), body="Nothing of it.")
        as_member(members[0]).post(f"{proposal.address}/amendments/{revision.pk}/reject")
        as_member(members[4]).post(f"{proposal.address}/amendments/{revision.pk}/promote", {"title": "None of it"})
        assert "None of it" in text_of(Client(), proposal.address)

    def test_a_rival_option(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        client = as_member(members[5])
        client.post(f"{proposal.address}/options/new", {"title": "Another way", "body": "Like this."})
        assert "Like this." in text_of(Client(), proposal.address)
        client.post(f"{proposal.address}/options/b/withdraw")
        assert "Like this." not in text_of(Client(), proposal.address)

    def test_what_is_not_there(self, members: list[Actor]) -> None:
        proposal, client = seconded(members), as_member(members[3])
        for address in ("options/z/history", "options/z/amend", "amendments/77/promote"):
            assert text_of(client, f"{proposal.address}/{address}", 404)
        assert text_of(client, "/governance/12345", 404)

    def test_a_refusal_is_told(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        answer = as_member(members[0]).post(f"{proposal.address}/options/a/sponsor", follow=True)
        assert "Sponsors are other members" in answer.content.decode()
        assert Sponsorship.objects.count() == 2

    def test_objections(self, members: list[Actor]) -> None:
        proposal = propose(actor=members[0], kind="lazy", title="Small", body="Text", action={"verb": "none"})
        as_member(members[0]).post(f"{proposal.address}/submit")
        as_member(members[1]).post(f"{proposal.address}/object", {"text": "Not so small."})
        assert "Not so small." in text_of(Client(), proposal.address)


class TestVoting:
    def test_yes_or_no(self, members: list[Actor]) -> None:
        proposal = opened(members)
        client = as_member(members[0])
        page = text_of(client, f"{proposal.address}/vote")
        assert "As many for as against: it does not pass." in page
        answer = client.post(f"{proposal.address}/vote", {"answer": "yes"})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        code = re.search(r'id="receipt">([0-9a-f]{32})<', answer.content.decode())
        assert code is not None
        again = client.post(f"{proposal.address}/vote", {"answer": "no"}).content.decode()
        assert code[1] not in again
        assert "The receipt that you got then stays good." in again
        assert code[1] not in text_of(client, f"{proposal.address}/vote")
        assert proposal.ballots.get().choice == '"no"'

    def test_a_ballot_must_say_something(self, members: list[Actor]) -> None:
        proposal = opened(members)
        answer = as_member(members[0]).post(f"{proposal.address}/vote", {"answer": "maybe"})
        assert answer.status_code == 422
        assert proposal.ballots.count() == 0

    def test_places(self, members: list[Actor]) -> None:
        proposal = election(members, 3)
        client = as_member(members[5])
        assert "Give each place to one option." in text_of(client, f"{proposal.address}/vote")
        for given, sentence in (
            ({"option-a": "1", "option-b": "1"}, "Give each place to one option only."),
            ({}, "Give at least one option a place."),
        ):
            refused = client.post(f"{proposal.address}/vote", given)
            assert refused.status_code == 422
            assert sentence in refused.content.decode()
        assert proposal.ballots.count() == 0
        client.post(f"{proposal.address}/vote", {"option-c": "1", "option-none": "2", "option-a": "4"})
        assert proposal.ballots.get().choice == '[["c"],["none"],["a"]]'

    def test_who_is_not_on_the_roll(self, members: list[Actor]) -> None:
        proposal = opened(members)
        newcomer = Actor(user=MemberFactory())
        answer = as_member(newcomer).post(f"{proposal.address}/vote", {"answer": "yes"})
        assert answer.status_code == 422
        assert "You are not on the roll of this vote" in answer.content.decode()
        assert proposal.ballots.count() == 0

    def test_it_waits_for_those_who_have_not_voted(self, members: list[Actor]) -> None:
        proposal = opened(members)
        client = as_member(members[0])
        assert "You have not voted yet." in text_of(client, "/governance")
        client.post(f"{proposal.address}/vote", {"answer": "yes"})
        assert "You have not voted yet." not in text_of(client, "/governance")
        assert "1 of 16 have voted" in text_of(Client(), "/governance")


class TestResults:
    def test_answers(self, members: list[Actor]) -> None:
        proposal = counted(members, ["yes"] * 7 + ["no"])
        page = text_of(Client(), f"{proposal.address}/result")
        assert "Passed" in page
        assert re.search(r"Yes <span[^>]*>.*?won</span></th><td class=\"num\">7</td>", page)
        assert "ballots.blt" not in page

    def test_stages(self, members: list[Actor]) -> None:
        proposal = counted_election(members)
        page = text_of(Client(), f"{proposal.address}/result")
        assert "First preferences" in page
        assert "elected" in page
        assert "A seat stays empty" not in page

    def test_a_seat_that_stays_empty(self, members: list[Actor]) -> None:
        proposal = election(members, 2, seats=2)
        for actor in members[:8]:
            cast(actor=actor, proposal=proposal, choice=[["a"], ["none"]])
        pass_time(proposal)
        assert "A seat stays empty" in text_of(Client(), f"{proposal.address}/result")

    def test_files(self, members: list[Actor]) -> None:
        proposal = counted_election(members)
        client = Client()
        names = ["result.json", "ballots.txt", "voters.txt", "roll.txt", "ballots.csv", "ballots.blt", "tally.txt"]
        page = text_of(client, f"{proposal.address}/result")
        for name in names:
            assert f"{proposal.address}/files/{name}" in page
            answer = client.get(f"{proposal.address}/files/{name}")
            assert answer.status_code == 200
            assert answer["Content-Disposition"] == f'attachment; filename="proposal-{proposal.pk}-{name}"'
        assert client.get(f"{proposal.address}/files/other.txt").status_code == 404

    def test_a_receipt_finds_its_ballot(self, members: list[Actor]) -> None:
        proposal = opened(members)
        receipts = [
            cast(actor=actor, proposal=proposal, choice="yes" if number else "no")
            for number, actor in enumerate(members[:7])
        ]
        owner = members[0].user
        assert owner is not None
        asked = {"username": owner.username, "code": receipts[0].code}
        address = f"{proposal.address}/receipt"
        before = Client().post(address, asked).content.decode()
        assert "Your ballot is in the box." in before
        assert "<code>&quot;" not in before
        pass_time(proposal)
        assert "<code>&quot;no&quot;</code>" in Client().post(address, asked).content.decode()
        wrong = Client().post(address, {**asked, "username": "somebody"}).content.decode()
        assert "No ballot of this vote belongs to this receipt" in wrong
        shouted = Client().post(address, {**asked, "code": f" {receipts[0].code.upper()} "}).content.decode()
        assert "<code>&quot;no&quot;</code>" in shouted
        for code in ("xyz", "12", f"{receipts[0].code}0"):
            refused = Client().post(address, {**asked, "code": code})
            assert (refused.status_code, "A receipt has 32 digits" in refused.content.decode()) == (422, True)


def counted_election(members: list[Actor]) -> Proposal:
    proposal = election(members, 3)
    for number, actor in enumerate(members):
        choice = [["a"], ["b"]] if number < 8 else [["b"], ["none"]] if number < 13 else [["c"]]
        cast(actor=actor, proposal=proposal, choice=choice)
    return pass_time(proposal)


class TestDefaultOption:
    """Its title is a word of the hub's, so each reader gets it in the own language; files are the same for all."""

    IN_CHINESE = "以上都不选"

    @pytest.fixture
    def chinese(self, monkeypatch: pytest.MonkeyPatch) -> Client:
        catalogue = trans_real.translation("zh-hans")
        monkeypatch.setitem(catalogue._catalog._catalogs[0], DEFAULT_TITLE, self.IN_CHINESE)
        return Client(headers={"accept-language": "zh-hans"})

    def test_on_pages_and_in_the_api(self, members: list[Actor], chinese: Client) -> None:
        proposal = opened(members, "Coffee")
        chinese.force_login(members[0].user)  # type: ignore[arg-type]
        api = f"/api/governance/proposals/{proposal.pk}"
        pages = [proposal.address, f"{proposal.address}/vote", f"{proposal.address}/options/none/history", api]
        for actor in members[:8]:
            cast(actor=actor, proposal=proposal, choice=[["a"], ["none"], ["b"]])
        for address in pages:
            assert self.IN_CHINESE in text_of(chinese, address), address
            assert DEFAULT_TITLE not in text_of(chinese, address), address
            assert DEFAULT_TITLE in text_of(as_member(members[0]), address), address
        option = chinese.get(api).json()["options"][-1]
        assert (option["key"], option["is_default"], option["title"]) == ("none", True, self.IN_CHINESE)
        pass_time(proposal)
        assert self.IN_CHINESE in text_of(chinese, f"{proposal.address}/result")
        for name in ("tally.txt", "ballots.blt"):
            file = chinese.get(f"{proposal.address}/files/{name}").content
            assert file == Client().get(f"{proposal.address}/files/{name}").content
            assert DEFAULT_TITLE.encode() in file
        assert list(problems()) == []

    def test_of_an_election_it_is_the_call(self, members: list[Actor]) -> None:
        proposal = election(members, 2)
        page = text_of(Client(), proposal.address)
        assert page.index(">The call</h3>") < page.index(">Candidates</h2>") < page.index('id="option-a"')
        assert DEFAULT_TITLE not in page
        assert DEFAULT_TITLE in text_of(as_member(members[0]), f"{proposal.address}/vote")


class TestOffices:
    @pytest.fixture
    def staff(self) -> Client:
        return as_member(Actor(user=MemberFactory(is_staff=True)))

    def test_a_request_to_be_on_the_roll(self, members: list[Actor], staff: Client) -> None:
        proposal = seconded(members)
        newcomer = Actor(user=MemberFactory())
        client = as_member(newcomer)
        assert "Ask to be on it" in text_of(client, proposal.address)
        assert "Ask to be on the roll" in text_of(client, f"{proposal.address}/roll")
        client.post(f"{proposal.address}/ask-for-roll", {"text": "I answer in the forum every day."})
        asked = text_of(client, f"{proposal.address}/roll")
        assert "Ask to be on the roll" not in asked
        assert "You have asked to be on it" in text_of(client, proposal.address)
        assert "undecided" in asked
        request = proposal.roll_requests.get()
        assert "asks to be on the roll." in text_of(staff, "/governance")
        staff.post(f"{proposal.address}/roll/requests/{request.pk}", {"granted": "1"})
        officer = User.objects.get(is_staff=True).username
        page = text_of(Client(), f"{proposal.address}/roll")
        assert re.search(rf"granted</span><span[^>]*>decided by {officer}<", page)

    def test_only_officers_decide(self, members: list[Actor]) -> None:
        proposal = seconded(members)
        client = as_member(Actor(user=MemberFactory()))
        client.post(f"{proposal.address}/ask-for-roll", {"text": "Please."})
        request = proposal.roll_requests.get()
        as_member(members[1]).post(f"{proposal.address}/roll/requests/{request.pk}", {"granted": "1"})
        request.refresh_from_db()
        assert request.granted is None

    def test_hold_and_void(self, members: list[Actor], staff: Client) -> None:
        passed = counted(members, ["yes"] * 8)
        staff.post(f"{passed.address}/hold", {"text": "The law."})
        assert "The law." in text_of(Client(), passed.address)
        assert "The next vote about this:" in text_of(Client(), passed.address)
        running = seconded(members)
        staff.post(f"{running.address}/void", {"text": "A mistake."})
        running.refresh_from_db()
        assert running.state == State.VOID
        refused = as_member(members[0]).post(f"{running.address}/void", {"text": "Mine."})
        assert refused.status_code == 422


def test_the_rules_are_the_live_ones(members: list[Actor]) -> None:
    page = text_of(Client(), "/governance/rules")
    assert "16 members at this moment" in page
    assert "A proposal needs 2 sponsors" in page
    assert "14 to 21 days" in page


def test_the_log(members: list[Actor]) -> None:
    proposal = seconded(members)
    page = text_of(Client(), "/governance/audit")
    assert "proposal.discussion" in page
    head = re.search(r'Newest hash: <span class="hash">([0-9a-f]{64})<', page)
    assert head is not None
    feed = Client().get("/feeds/governance/audit").content.decode()
    assert feed.index(head[1]) < feed.index("proposal.seconding")
    assert f"proposal.seconding #{proposal.pk}" in feed


def test_a_line_of_the_feed_leads_to_its_place(members: list[Actor]) -> None:
    seconded(members)
    first, second = AuditEvent.objects.order_by("pk")[:2]
    page = text_of(Client(), f"/governance/audit?line={first.pk}")
    assert first.hash in page
    assert f'id="line-{second.pk}"' not in page
    for odd in ("x", "-1", "9" * 5000):
        assert f'id="line-{second.pk}"' in text_of(Client(), f"/governance/audit?line={odd}")


def test_a_lone_option_stands_without_a_default(members: list[Actor]) -> None:
    alone, several = seconded(members), opened(members, "Another way")
    assert "option-none" not in text_of(Client(), alone.address)
    assert "option-none" in text_of(Client(), several.address)


def test_the_option_that_won_is_marked(members: list[Actor]) -> None:
    proposal = opened(members, "Another way")
    won = re.compile(r'<h3 id="title-(\w+)">[^<]*<span class="option__key">\w</span> <span class="badge badge--jade">')
    for actor in members[:8]:
        cast(actor=actor, proposal=proposal, choice=[["b"], ["a"]])
    assert won.findall(text_of(Client(), proposal.address)) == []
    pass_time(proposal)
    assert won.findall(text_of(Client(), proposal.address)) == ["b"]
    assert "The change is made:" in text_of(Client(), "/governance").partition('id="past"')[2]


def test_an_election_without_candidates_says_what_to_do(members: list[Actor]) -> None:
    page = text_of(as_member(members[5]), seconded(members, "election", title="Who moderates", action=TERM).address)
    assert "Nobody stands yet." in page
    assert "Become a candidate" in page


def test_what_was_withdrawn_can_be_read_by_those_who_may_adopt_it(members: list[Actor]) -> None:
    proposal = seconded(members, body="Tea for all.", action={"verb": "none", "params": {}})
    withdraw(actor=members[0], option=main_option(proposal))
    page = Client().get(proposal.address).content.decode()
    assert ("<p>Tea for all.</p>" in page, "The community says so; nothing on the hub changes." in page) == (True, True)
    option, _default = Client().get(f"/api/governance/proposals/{proposal.pk}").json()["options"]
    assert (option["body"], option["sponsors"]) == ("Tea for all.", ["m01", "m02"])


def test_the_call_of_an_election_is_a_sentence(members: list[Actor]) -> None:
    page = text_of(Client(), election(members, 1).address)
    until = date_format(next_year(), "DATE_FORMAT")
    assert f"1 seat is filled. Whoever is elected holds the office of moderator until {until}." in page


def test_feeds_and_calendar(members: list[Actor]) -> None:
    running = seconded(members, title="Running, soon")
    counted(members, ["yes"] * 7 + ["no"], title="Over")
    assert "Ordinary decision: in discussion" in Client().get("/feeds/governance").content.decode()
    results = Client().get("/feeds/governance/results").content.decode()
    assert "passed. 8 of 16 voted. Yes" in results
    assert "Running" not in results
    calendar = Client().get("/governance/calendar.ics").content.decode().replace("\r\n ", "")
    assert f"UID:governance-{running.pk}-discussion@" in calendar
    assert r"SUMMARY:The text is frozen: Running\, soon" in calendar
    assert "The change is made: Over" in calendar


def test_a_thread_about_a_proposal(members: list[Actor]) -> None:
    proposal = seconded(members)
    client = as_member(members[6])
    answer = client.post(f"{proposal.address}/discussions/new", {"title": "A doubt", "text": "Is it *wise*?"})
    assert answer["Location"] == f"{proposal.address}/discussions/1"
    assert "Is it <em>wise</em>?" in text_of(Client(), answer["Location"])
    assert "A doubt" in text_of(Client(), f"{proposal.address}/discussions")


def test_who_deleted_the_account_stays_without_a_name(members: list[Actor], alice: User) -> None:
    proposal = seconded(members)
    request_vote(actor=Actor(user=alice), proposal=proposal, text="I translate.")
    sponsor, officer = members[1].user, Client()
    assert sponsor is not None
    sponsor.delete()
    alice.delete()
    officer.force_login(MemberFactory(is_staff=True))
    assert Sponsorship.objects.count() == proposal.sponsors_needed
    for client in (Client(), as_member(members[5]), officer):
        page = text_of(client, proposal.address)
        assert ("a deleted account" in page, "more members must sponsor" in page) == (True, False)
        assert "a deleted account" in text_of(client, f"{proposal.address}/roll")
        text_of(client, "/governance")
    option = Client().get(f"/api/governance/proposals/{proposal.pk}").json()["options"][0]
    assert option["sponsors"] == [str(member.user) for member in members[2 : 1 + proposal.sponsors_needed]]
    asked = Client().get(f"/api/governance/proposals/{proposal.pk}/roll-requests").json()
    assert [(row["member"], row["text"]) for row in asked] == [(None, "I translate.")]
    pass_time(pass_time(proposal))
    assert proposal.state == State.VOTING
    assert "a deleted account" in text_of(Client(), proposal.address)


@pytest.mark.parametrize("more", [0, 6])
def test_a_fixed_number_of_queries(
    members: list[Actor], django_assert_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    proposal = seconded(members)
    for number in range(more):
        option = Option.objects.create(proposal=proposal, key=f"x{number}", title="Another", proposer=members[9].user)
        option.revisions.create(number=1, body="Text", action={"verb": "none", "params": {}}, author=members[9].user)
        Sponsorship.objects.create(option=option, member=members[10].user)
        amend(actor=members[11], option=option, body="Other")
        propose(actor=members[0], kind="ordinary", title="More", body="Text", action={"verb": "none"})
        counted(members, ["yes"] * 7) if number < 2 else None
    client = as_member(members[0])
    client.get("/governance")
    with django_assert_num_queries(11):
        client.get("/governance")
    with django_assert_num_queries(17):
        client.get(proposal.address)
