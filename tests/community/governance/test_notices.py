"""Who hears of a proposal, and who is reminded to vote."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from community.governance import triggers
from community.governance.casting import cast
from community.governance.models import Proposal
from community.governance.notices import remind
from community.members.actors import Actor
from community.notifications.models import Notification
from tests.community.governance.conftest import pass_time
from tests.community.governance.test_lifecycle import opened, seconded

pytestmark = pytest.mark.django_db


def told(actor: Actor) -> list[str]:
    return list(Notification.objects.filter(recipient=actor.user).order_by("pk").values_list("topic", flat=True))


def ends_in(vote: Proposal, left: timedelta) -> None:
    triggers.remove(connection)
    Proposal.objects.filter(pk=vote.pk).update(closes_at=timezone.now() + left)
    triggers.install(connection)


def test_those_who_had_a_hand_in_it(members: list[Actor]) -> None:
    proposal = seconded(members)
    assert [told(actor) for actor in members[:4]] == [["proposal-talk"]] * 3 + [[]]
    pass_time(pass_time(proposal))
    assert told(members[0]) == ["proposal-talk"]
    for actor in members[:8]:
        cast(actor=actor, proposal=proposal, choice="yes")
    pass_time(pass_time(proposal))
    assert told(members[0]) == ["proposal-talk", "proposal-passed", "proposal-enacted"]
    assert told(members[5]) == []


def test_only_those_are_reminded_who_have_not_voted(members: list[Actor]) -> None:
    vote = opened(members)
    voter, idler = members[4], members[5]
    remind()
    assert (told(voter), told(idler)) == (["vote-open"], ["vote-open"])
    cast(actor=voter, proposal=vote, choice="no")
    for left, topic in ((timedelta(hours=71), "vote-72h"), (timedelta(hours=23), "vote-24h")):
        ends_in(vote, left)
        remind()
        remind()
        assert told(idler)[-1] == topic
    assert told(idler) == ["vote-open", "vote-72h", "vote-24h"]
    assert told(voter) == ["vote-open"]


def test_nobody_outside_of_the_roll(members: list[Actor], alice: object) -> None:
    opened(members)
    Notification.objects.all().delete()
    remind()
    assert Notification.objects.count() == len(members)


def test_it_says_what_and_leads_there(members: list[Actor]) -> None:
    vote = opened(members, title="Tea or coffee")
    remind()
    client = Client()
    assert members[7].user is not None
    client.force_login(members[7].user)
    page = client.get("/notifications").content.decode()
    assert "You may vote: Tea or coffee" in page
    opening = Notification.objects.get(recipient=members[7].user)
    answer = client.post(f"/notifications/{opening.pk}")
    assert answer["Location"] == f"{vote.address}/vote"
