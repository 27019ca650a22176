"""Votes that change the rules of votes."""

from typing import Any

import pytest
from django.test import Client

from community.governance.actions import action_of
from community.governance.models import RuleValue
from community.governance.queries import kind_of
from community.governance.rules import PARAMETERS
from community.governance.words import PARAMETER_TITLES
from community.members.models import User
from tests.enacting import enact_twice, passed, refused


def test_a_vote_changes_a_rule(alice: User, client: Client):
    proposal = passed(alice, "charter")
    params = {"kind": "ordinary", "name": "voting_days", "value": 10}
    (change,) = action_of("rules.set").changes(params)
    assert (change.before, change.after, change.url) == ("7", "10", "/governance/rules")
    enact_twice("rules.set", params, proposal, RuleValue)
    assert RuleValue.objects.get().proposal == proposal
    page = client.get("/governance/rules").content.decode()
    assert f'Days of voting – 10 <span class="muted small"><a href="/governance/{proposal.pk}">' in page
    assert (kind_of("ordinary").voting_days, kind_of("charter").voting_days) == (10, 14)
    back = passed(alice, "charter")
    enact_twice("rules.set", params | {"value": 7}, back, RuleValue)
    assert (RuleValue.objects.get().proposal, kind_of("ordinary").voting_days) == (back, 7)


def test_another_rule_of_the_kind_makes_a_vote_stale(alice: User):
    action, params = action_of("rules.set"), {"kind": "ordinary", "name": "discussion_days", "value": 21}
    before = action.found(params)
    action.apply({"kind": "ordinary", "name": "longest_days", "value": 30}, proposal=passed(alice))
    assert action.found(params) != before


@pytest.mark.parametrize(
    "params",
    [
        {"kind": "ordinary", "name": "voting_days", "value": 2},
        {"kind": "ordinary", "name": "voting_days", "value": 367},
        {"kind": "ordinary", "name": "discussion_days", "value": 22},
        {"kind": "ordinary", "name": "ratio", "value": 0},
        {"kind": "ordinary", "name": "ratio", "value": 1.5},
        {"kind": "ordinary", "name": "method", "value": 3},
        {"kind": "ordinary", "name": "verbs", "value": 3},
        {"kind": "coup", "name": "ratio", "value": 3},
        {"kind": "ordinary", "name": "ratio"},
    ],
)
def test_what_no_vote_can_set(alice: User, params: Any):
    refused("rules.set", params, passed(alice), RuleValue)


def test_every_rule_that_votes_set_has_a_name():
    assert list(PARAMETER_TITLES) == list(PARAMETERS)
