"""What votes do to the decisions of moderators."""

from typing import Any

import pytest
from django.test import Client

from community.discussions.models import Event, Thread
from community.discussions.services import hide_comment
from community.governance.actions import action_of
from community.members.actors import Actor
from community.members.models import User
from community.moderation.errors import DecidedByVote
from community.moderation.models import ModerationAction
from community.moderation.services import mark_thread, overrule
from models_app.repos.services import create_repo
from tests.enacting import enact_twice, passed, refused


def test_a_vote_overrules_a_decision(client: Client, carol: User, comment: Event, staff: Actor):
    hide_comment(actor=staff, comment=comment, reason="Rude")
    decision, proposal = ModerationAction.objects.get(), passed(carol, "override")
    params = {"decision": decision.pk}
    (change,) = action_of("decision.overrule").changes(params)
    assert (change.what, change.url) == (f"#{decision.pk} hid a comment", f"/moderation/log/{decision.pk}")
    assert "Rude words" not in client.get("/forum/garden/1").content.decode()
    enact_twice("decision.overrule", params, proposal, ModerationAction, Event)
    assert "Rude words" in client.get("/forum/garden/1").content.decode()
    answer = ModerationAction.objects.get(overrules=decision)
    assert (answer.moderator, answer.reason, answer.link) == (None, "As we decided", f"/governance/{proposal.pk}")
    page = client.get(f"/moderation/log/{answer.pk}").content.decode()
    assert f'<a href="/governance/{proposal.pk}">' in page
    assert "The community, by a vote," in page
    with pytest.raises(DecidedByVote):
        overrule(action=answer, actor=staff)
    assert ModerationAction.objects.count() == 2


def test_a_decision_that_was_overruled_meanwhile_makes_a_vote_stale(topic: Thread, staff: Actor):
    decision = mark_thread(actor=staff, thread=topic, verb="lock")
    action, params = action_of("decision.overrule"), {"decision": decision.pk}
    before = action.found(params)
    overrule(action=decision, actor=staff)
    assert action.found(params) != before
    assert list(action.changes(params)) == []


@pytest.mark.parametrize("params", [{}, {"decision": 999}, {"decision": -1}, {"decision": "1e3"}, {"decision": [1]}])
def test_what_no_vote_can_overrule(topic: Thread, staff: Actor, params: Any):
    mark_thread(actor=staff, thread=topic, verb="lock")
    refused("decision.overrule", params, passed(topic.author), ModerationAction, Thread)


def test_what_is_private_is_not_for_a_public_vote(bob: User):
    repo = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="secret", private=True)
    action = ModerationAction.objects.create(verb="uphold", kind="repo", key=repo.pk, reason="Private matter")
    sentence = refused("decision.overrule", {"decision": action.pk}, passed(bob), ModerationAction)
    assert sentence == "There is no such decision in the moderation log."
