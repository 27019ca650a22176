"""What a card says of its gate, and what it only tries to."""

from typing import Any

import pytest

from models_app.cards.gating import MAX_QUESTIONS, GateText, Question, gate_text


def test_all_of_it() -> None:
    assert gate_text(
        {
            "extra_gated_heading": "Stop",
            "extra_gated_prompt": "Be kind.",
            "extra_gated_button_content": "Go",
            "extra_gated_fields": {
                "Name": "text",
                "Born": "date_picker",
                "Country": {"type": "country"},
                "Adult": "checkbox",
                "Use": {"type": "select", "options": ["A", {"label": "B", "value": "b"}, 3]},
            },
        }
    ) == GateText(
        heading="Stop",
        prompt="Be kind.",
        button="Go",
        questions=(
            Question("Name", "text"),
            Question("Born", "text"),
            Question("Country", "text"),
            Question("Adult", "checkbox"),
            Question("Use", "select", ("A", "B", "3")),
        ),
    )


@pytest.mark.parametrize(
    "fields",
    [None, [], "text", {"": "text"}, {"  ": "text"}, {"a": None}, {"a": {"type": 1}}, {"a": ["text"]}, {1: "x"}],
)
def test_nonsense_is_left_out(fields: Any) -> None:
    assert gate_text({"extra_gated_fields": fields, "extra_gated_prompt": 7}) == GateText("", "", "", ())


@pytest.mark.parametrize("options", [None, "ab", [], [None, {}]])
def test_a_select_without_options_is_text(options: Any) -> None:
    assert gate_text({"extra_gated_fields": {"a": {"type": "select", "options": options}}}).questions == (
        Question("a", "text"),
    )


def test_bounds() -> None:
    found = gate_text(
        {
            "extra_gated_prompt": "x" * 50_000,
            "extra_gated_fields": {f"{number}" + "x" * 300: "text" for number in range(50)},
        }
    )
    assert (len(found.prompt), len(found.questions)) == (10_000, MAX_QUESTIONS)
    assert {len(question.label) for question in found.questions} == {200}
