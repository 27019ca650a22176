"""The API of governance: a whole decision by programs."""

from typing import Any

import pytest
from django.test import Client

from community.governance.counting.recounting import problems_of
from community.governance.models import Proposal, State
from community.members.actors import Actor
from community.members.models import TokenKind
from community.members.services import create_access_token
from tests.community.governance.conftest import next_year, pass_time
from tests.community.governance.test_lifecycle import opened, seconded
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db
STATEMENT = {"verb": "none", "params": {}}


class Program:
    """What a member's token may do below ``/api/governance/``."""

    def __init__(self, actor: Actor | None, kind: TokenKind = TokenKind.WRITE) -> None:
        self.client, self.headers = Client(), {}
        if actor is not None and actor.user is not None:
            _token, text = create_access_token(user=actor.user, name="program", kind=kind)
            self.headers = {"Authorization": f"Bearer {text}"}

    def get(self, address: str, status: int = 200) -> Any:
        answer = self.client.get(f"/api/governance/{address}", headers=self.headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    def post(self, address: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.post(
            f"/api/governance/{address}", body, content_type="application/json", headers=self.headers
        )
        assert answer.status_code == status, answer.content
        return answer.json()


def test_a_whole_decision(members: list[Actor]) -> None:
    author, *others = [Program(actor) for actor in members]
    wish = {"kind": "ordinary", "title": "Tea at five", "body": "For all.", "action": STATEMENT}
    made = author.post("proposals", 201, **wish)
    number = made["number"]
    assert made["state"] == "draft"
    others[0].get(f"proposals/{number}", 404)
    author.post(f"proposals/{number}/submit")
    others[0].post(f"proposals/{number}/options/a/sponsor")
    assert others[1].post(f"proposals/{number}/options/a/sponsor")["state"] == "discussion"
    amended = others[2].post(f"proposals/{number}/options/a/amendments", body="For all, with cake.")
    [amendment] = amended["options"][0]["amendments"]
    assert (amendment["body"], amendment["action"]) == ("For all, with cake.", STATEMENT)
    assert author.get("waiting")["amendments"] == [{"id": amendment["id"], "proposal": number}]
    accepted = author.post(f"proposals/{number}/amendments/{amendment['id']}/accept")
    assert accepted["options"][0]["body"] == "For all, with cake."
    proposal = pass_time(pass_time(Proposal.objects.get(pk=number)))
    assert [vote["number"] for vote in author.get("waiting")["votes"]] == [number]
    receipt = author.post(f"proposals/{number}/ballot", choice="yes")
    assert len(receipt["code"]) == 32
    assert author.post(f"proposals/{number}/ballot", choice="no") == {"code": "", "tag": receipt["tag"]}
    for program in others[:7]:
        program.post(f"proposals/{number}/ballot", choice="yes")
    assert author.get(f"proposals/{number}")["turnout"] == {"voted": 8, "roll": 16}
    author.get(f"proposals/{number}/result", 404)
    pass_time(proposal)
    result = Program(None).get(f"proposals/{number}/result")
    assert result["outcome"]["votes"] == {"yes": 7, "no": 1, "abstain": 0}
    files = {name: Client().get(f"/governance/{number}/files/{name}.txt").content.decode() for name in FILES}
    assert problems_of(result, files["ballots"], files["voters"], files["roll"]) == []
    name = members[0].user.username if members[0].user is not None else ""
    found = Program(None).post(f"proposals/{number}/receipt", code=receipt["code"], username=name)
    assert found == {"there": True, "choice": '"no"'}


FILES = ("ballots", "voters", "roll")


def test_an_election(members: list[Actor]) -> None:
    programs = [Program(actor) for actor in members]
    action = {"verb": "role.grant", "params": {"role": "moderator", "until": next_year().isoformat()}, "seats": 2}
    wish = {"kind": "election", "title": "Moderators", "body": "Two.", "action": action}
    number = programs[0].post("proposals", 201, **wish)["number"]
    programs[0].post(f"proposals/{number}/submit")
    for program in programs[1:3]:
        program.post(f"proposals/{number}/options/none/sponsor")
    for program in programs[3:6]:
        stood = program.post(f"proposals/{number}/stand", text="I have time.")
    assert [option["key"] for option in stood["options"] if not option["is_default"]] == ["a", "b", "c"]
    programs[4].post(f"proposals/{number}/options/b/withdraw")
    assert [option["key"] for option in programs[0].get(f"proposals/{number}")["options"]] == ["a", "c", "none"]


def test_what_is_refused(members: list[Actor]) -> None:
    proposal = seconded(members)
    nobody, reader = Program(None), Program(members[3], TokenKind.READ)
    for program in (nobody, reader):
        refused = program.post(f"proposals/{proposal.pk}/options/a/sponsor", 403)
        assert refused["code"] == "member_needed"
    member = Program(members[4])
    assert member.post(f"proposals/{proposal.pk}/ballot", 409, choice="yes")["code"] == "voting_closed"
    assert member.post(f"proposals/{proposal.pk}/void", 403, text="No.")["code"] == "not_in_office"
    assert member.post(f"proposals/{proposal.pk}/submit", 403)["code"] == "not_yours"
    member.get("proposals/12345", 404)
    member.post(f"proposals/{proposal.pk}/options/z/sponsor", 404)
    member.post(f"proposals/{proposal.pk}/options/a/amendments", 400)
    proposal.refresh_from_db()
    assert proposal.state == State.DISCUSSION
    assert proposal.options.get(key="a").sponsorships.count() == 2


def test_a_request_to_be_on_the_roll(members: list[Actor]) -> None:
    proposal = seconded(members)
    newcomer, officer = Program(Actor(user=MemberFactory())), Program(Actor(user=MemberFactory(is_staff=True)))
    newcomer.post(f"proposals/{proposal.pk}/ask-for-roll", text="I translate.")
    [asked] = newcomer.get(f"proposals/{proposal.pk}/roll-requests")
    address = f"proposals/{proposal.pk}/roll-requests/{asked['id']}"
    newcomer.post(address, 403, granted=True)
    assert officer.get("waiting")["requests"] == [asked]
    assert officer.post(address, granted=True)["granted"] is True


def test_lists(members: list[Actor]) -> None:
    running = seconded(members)
    voting = opened(members)
    program = Program(members[0])
    assert [row["number"] for row in program.get("proposals")["proposals"]] == [voting.pk, running.pk]
    assert [row["number"] for row in program.get("proposals?state=voting")["proposals"]] == [voting.pk]
    first = program.get("proposals?limit=1")
    assert first["next"].endswith(f"cursor={first['next'].rpartition('=')[2]}")
    assert program.get("proposals?state=nothing", 400)


def test_kinds_are_the_live_rules(members: list[Actor]) -> None:
    told = Program(None).get("kinds")
    assert (told["members"], told["sponsors_needed"]) == (16, 2)
    override = next(kind for kind in told["kinds"] if kind["key"] == "override")
    assert override["ratio"] == 2
    revoke = next(action for action in override["actions"] if action["verb"] == "role.revoke")
    assert [param["name"] for param in revoke["params"]] == ["member", "role"]
    assert revoke["params"][1]["choices"] == ["maintainer", "moderator", "officer"]


def test_the_log_chains(members: list[Actor]) -> None:
    seconded(members)
    told = Program(None).get("audit")
    assert told["head"] == told["lines"][0]["hash"]
    assert told["lines"][0]["previous"] == told["lines"][1]["hash"]
