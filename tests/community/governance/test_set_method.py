"""Votes that choose how votes among several options are counted, and votes that are then counted so."""

from pathlib import Path

import pytest
from django.test import Client

from community.governance.actions import action_of
from community.governance.casting import cast
from community.governance.models import Office, RuleValue, State
from community.governance.queries import kind_of
from community.governance.sponsoring import stand
from community.members.actors import Actor
from community.members.models import User
from tests.community.governance.conftest import next_year, opened, pass_time
from tests.community.governance.test_closing import publish, recount
from tests.community.governance.test_elections import call, offices
from tests.enacting import enact_twice, passed, refused

pytestmark = pytest.mark.django_db


def count_by(method: str, kind: str, author: User) -> None:
    proposal = passed(author, "charter")
    action_of("rules.method").apply({"kind": kind, "method": method}, proposal=proposal)


def test_a_vote_chooses_a_method(alice: User, client: Client) -> None:
    params = {"kind": "ordinary", "method": "star"}
    (change,) = action_of("rules.method").changes(params)
    assert (change.what, change.before, change.after) == (
        "Ordinary decision: Among several options",
        "ranking, counted as Debian does (Schulze)",
        "stars, then a final (STAR)",
    )
    proposal = passed(alice, "charter")
    enact_twice("rules.method", params, proposal, RuleValue)
    assert (kind_of("ordinary").method, kind_of("charter").method) == ("star", "schulze")
    page = client.get("/governance/rules").content.decode()
    set_by_vote = "Ordinary decision: Among several options – stars, then a final (STAR)"
    assert f'{set_by_vote} <span class="muted small"><a href="/governance/{proposal.pk}">' in page
    assert client.get("/api/governance/kinds").json()["kinds"][0]["method"] == "star"


@pytest.mark.parametrize(
    "params",
    [
        {"kind": "election", "method": "schulze"},
        {"kind": "ordinary", "method": "stv"},
        {"kind": "ordinary", "method": "yesno"},
        {"kind": "ordinary", "method": "coin"},
        {"kind": "lazy", "method": "star"},
        {"kind": "ordinary"},
    ],
)
def test_methods_that_a_kind_cannot_have(alice: User, params: dict[str, str]) -> None:
    refused("rules.method", params, passed(alice), RuleValue)


@pytest.mark.parametrize(
    ("method", "form", "choice", "others"),
    [
        ("star", {"option-a": "1", "option-b": "5", "option-none": "0"}, {"b": 5, "a": 1}, {"a": 5, "b": 4}),
        ("approval", {"option-b": "on"}, ["b"], ["a", "b"]),
    ],
)
def test_members_vote_by_it_and_anybody_counts_again(
    members: list[Actor],
    client: Client,
    tmp_path: Path,
    method: str,
    form: dict[str, str],
    choice: object,
    others: object,
) -> None:
    assert members[0].user is not None
    count_by(method, "ordinary", members[0].user)
    proposal = opened(members, "Rather this")
    assert proposal.terms["method"] == method
    client.force_login(members[0].user)
    assert client.post(f"/governance/{proposal.pk}/vote", form).status_code == 200
    for number, actor in enumerate(members[1:10]):
        cast(actor=actor, proposal=proposal, choice=choice if number < 5 else others)
    pass_time(proposal)
    assert (proposal.state, proposal.result["outcome"]["winners"]) == (State.PASSED, ["b"])
    assert "Rather this" in client.get(f"/governance/{proposal.pk}/result").content.decode()
    publish(tmp_path, proposal)
    code, said = recount(tmp_path)
    assert code == 0, said
    assert (tmp_path / "ballots.txt").read_text().count("\n") == 10


@pytest.mark.parametrize(("method", "choice"), [("star", {"a": 5, "b": 5}), ("approval", ["a", "b"])])
def test_an_election_that_is_level_casts_lots_at_once(members: list[Actor], method: str, choice: object) -> None:
    assert members[0].user is not None
    count_by(method, "election", members[0].user)
    proposal = call(members, seats=1)
    for actor in members[4:6]:
        stand(actor=actor, proposal=proposal, body="Take me.")
    pass_time(pass_time(proposal))
    for actor in members[:8]:
        cast(actor=actor, proposal=proposal, choice=choice)
    pass_time(proposal)
    (winner,) = proposal.result["outcome"]["winners"]
    assert proposal.state == State.PASSED
    pass_time(proposal)
    assert offices() == {{"a": "m04", "b": "m05"}[winner]: ("maintainer", next_year())}
    assert Office.objects.count() == 1
