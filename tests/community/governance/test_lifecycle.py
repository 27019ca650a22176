"""A proposal from its draft to its end, every step by the services, time by the clock."""

from typing import Any

import pytest

from community.governance.casting import cast
from community.governance.models import Proposal, State
from community.governance.proposing import propose, submit
from community.governance.queries import main_option, result_of
from community.governance.sponsoring import sponsor
from community.members.actors import Actor
from tests.community.governance.conftest import pass_time

pytestmark = pytest.mark.django_db
STATEMENT = {"verb": "none", "params": {}}


def seconded(members: list[Actor], kind: str = "ordinary", **wish: Any) -> Proposal:
    """A proposal of the first member, in discussion with its two sponsors."""
    wish = {"title": "A question", "body": "All of it.", "action": STATEMENT, **wish}
    proposal = submit(actor=members[0], proposal=propose(actor=members[0], kind=kind, **wish))
    for actor in members[1:3]:
        sponsor(actor=actor, option=main_option(proposal))
    proposal.refresh_from_db()
    return proposal


def opened(members: list[Actor], kind: str = "ordinary", **wish: Any) -> Proposal:
    proposal = pass_time(pass_time(seconded(members, kind, **wish)))
    assert proposal.state == State.VOTING, proposal.reason
    return proposal


def test_the_long_way(members: list[Actor]) -> None:
    proposal = seconded(members)
    assert proposal.state == State.DISCUSSION
    assert pass_time(proposal).state == State.FROZEN
    assert pass_time(proposal).state == State.VOTING
    for number, actor in enumerate(members[:9]):
        cast(actor=actor, proposal=proposal, choice="yes" if number < 6 else "no")
    assert result_of(proposal) is None
    assert pass_time(proposal).state == State.PASSED
    result = result_of(proposal)
    assert result is not None
    assert result["outcome"]["votes"] == {"yes": 6, "no": 3, "abstain": 0}
    assert pass_time(proposal).state == State.ENACTED
