"""How actions read what proposals ask of them, and the registry."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from community.governance.actions import Action, Change, Field, Nothing, Plan, Values, action_of, all_actions
from community.governance.errors import ActionRefused, UnknownVerb
from community.governance.models import Proposal
from community.members.models import User


class Paint(Action):
    """Paints a wall that is blue."""

    verb = "wall.paint"
    title = "Paint the wall"
    fields = (
        Field("colour", "Colour", "choice", choices=lambda: [("red", "Red"), ("blue", "Blue")]),
        Field("coats", "Coats", "number", required=False),
        Field("until", "Until", "date", required=False),
        Field("painter", "Painter", "member", required=False),
        Field("note", "Note", required=False, max_length=10),
        Field("text", "Text", "long", required=False),
        Field("plan", "Plan", "json", required=False),
    )

    def __init__(self) -> None:
        self.wall = "blue"

    def describe(self, params: Mapping[str, Any]) -> str:  # noqa: ARG002
        return "Paint it."

    def plan(self, values: Values) -> Plan:
        wanted = values["colour"]
        changes = [Change("wall", self.wall, wanted)] if wanted != self.wall else []
        return Plan(changes, self.wall, lambda _proposal: setattr(self, "wall", wanted))


def test_values_are_what_their_fields_say(alice: User):
    params = {
        "colour": "red",
        "coats": "2",
        "until": "2027-01-31",
        "painter": "ALICE",
        "note": " fast ",
        "text": "a\nb",
    }
    assert Paint().read(params | {"plan": '{"a": [1]}'}) == {
        "colour": "red",
        "coats": 2,
        "until": date(2027, 1, 31),
        "painter": alice,
        "note": "fast",
        "text": "a\nb",
        "plan": {"a": [1]},
    }


def test_what_may_be_left_out_is_empty():
    left_out = {"coats": None, "until": None, "painter": None, "note": "", "text": "", "plan": None}
    assert Paint().read({"colour": "red", "coats": ""}) == {"colour": "red"} | left_out


HOSTILE = [
    ({}, "“Colour” is missing."),
    ({"colour": "green"}, "“Colour” cannot be “green”."),
    ({"colour": ["red"]}, "“Colour” cannot be “['red']”."),
    ({"colour": "red", "coats": -1}, "“Coats” cannot be “-1”."),
    ({"colour": "red", "coats": True}, "“Coats” cannot be “True”."),
    ({"colour": "red", "coats": 1.5}, "“Coats” cannot be “1.5”."),
    ({"colour": "red", "coats": "٣"}, "“Coats” cannot be “٣”."),
    ({"colour": "red", "coats": 10**9}, "“Coats” cannot be “1000000000”."),
    ({"colour": "red", "until": "soon"}, "“Until” cannot be “soon”."),
    ({"colour": "red", "painter": "nobody"}, "“Painter” cannot be “nobody”."),
    ({"colour": "red", "painter": "a\x00"}, "“Painter” cannot be “a�”."),
    ({"colour": "red", "painter": 7}, "“Painter” cannot be “7”."),
    ({"colour": "red", "note": "eleven long"}, "“Note” cannot be “eleven long”."),
    ({"colour": "red", "note": "a\nb"}, "“Note” cannot be “a\nb”."),
    ({"colour": "red", "plan": "{"}, "“Plan” cannot be “{”."),
    ({"colour": "red", "plan": [[0] * 60_000]}, "“Plan” cannot be “[[0, 0, 0, 0, 0, 0, ...]]”."),
    ({"colour": "red", "shine": 1}, "“wall.paint” knows no “shine”."),
    (["colour"], "The parameters of an action are an object of names and values."),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("params", "sentence"), HOSTILE)
def test_hostile_parameters_are_refused_by_a_sentence_and_change_nothing(params: Any, sentence: str):
    paint = Paint()
    for ask in (paint.check, paint.changes, paint.found, lambda some: paint.apply(some, proposal=Proposal())):
        with pytest.raises(ActionRefused) as refusal:
            ask(params)
        assert refusal.value.message == sentence
    assert paint.wall == "blue"


def test_what_is_so_already_is_refused_before_the_vote_and_left_alone_after_it():
    paint, params = Paint(), {"colour": "red"}
    before = paint.found(params)
    assert paint.changes(params) == [Change("wall", "blue", "red")]
    paint.check(params)
    paint.apply(params, proposal=Proposal())
    paint.apply(params, proposal=Proposal())
    assert (paint.wall, paint.changes(params)) == ("red", [])
    assert paint.found(params) != before
    with pytest.raises(ActionRefused, match="change nothing"):
        paint.check(params)


def test_a_statement_changes_nothing():
    nothing = action_of("none")
    assert isinstance(nothing, Nothing)
    nothing.check({})
    nothing.apply({}, proposal=Proposal())
    assert list(nothing.changes({})) == []
    assert nothing.found({}) == nothing.found({})
    with pytest.raises(ActionRefused):
        nothing.check({"really": 1})


def test_the_registry():
    assert [action.verb for action in all_actions()] == sorted(action.verb for action in all_actions())
    with pytest.raises(UnknownVerb, match=r"“wall\.paint”"):
        action_of("wall.paint")
