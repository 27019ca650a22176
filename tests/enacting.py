"""What every action of a vote keeps to, asked of each with its real effect."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db.models import Model

from community.governance.actions import action_of
from community.governance.errors import ActionRefused
from community.governance.models import Proposal
from community.members.models import User

Rows = list[list[dict[str, Any]]]


def passed(author: User, kind: str = "ordinary") -> Proposal:
    """A vote that is about to be enacted."""
    return Proposal.objects.create(kind=kind, title="As we decided", author=author, state="passed")


def rows_of(*tables: type[Model]) -> Rows:
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


def enact_twice(verb: str, params: Mapping[str, Any], proposal: Proposal, *tables: type[Model]) -> None:
    """Carry an action out, and see that a second time changes nothing in `tables`."""
    action = action_of(verb)
    before = rows_of(*tables)
    action.check(params)
    found = action.found(params)
    assert (action.found(params), bool(action.changes(params))) == (found, True)
    assert "None" not in action.describe(params)
    assert rows_of(*tables) == before  # looking changes nothing
    action.apply(params, proposal=proposal)
    after = rows_of(*tables)
    assert after != before
    action.apply(params, proposal=proposal)
    assert rows_of(*tables) == after
    assert list(action.changes(params)) == []
    with pytest.raises(ActionRefused, match="change nothing"):
        action.check(params)


def refused(verb: str, params: Any, proposal: Proposal, *tables: type[Model]) -> str:
    """The sentence by which every way into an action refuses `params`; none changes a row of `tables`."""
    action, before, sentences = action_of(verb), rows_of(*tables), set()
    for ask in (action.check, action.changes, action.found, lambda some: action.apply(some, proposal=proposal)):
        with pytest.raises(ActionRefused) as refusal:
            ask(params)
        sentences.add(refusal.value.message)
    assert rows_of(*tables) == before
    (sentence,) = sentences
    return sentence
