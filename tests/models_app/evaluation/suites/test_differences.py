"""What two versions differ in."""

from typing import Any

from models_app.evaluation.suites.differences import Difference, differences

OLD: dict[str, Any] = {
    "version": 1,
    "title": "Standard",
    "tasks": {
        "prose": {"title": "Prose", "weight": 2, "metrics": {"bits": {"higher_is_better": False}}},
        "chess": {"title": "Chess", "families": ["causal"]},
    },
    "prompts": {"story": {"language": "en", "text": "Once"}},
    "strategies": {"beam": {"num_beams": 4}},
}


def test_the_same_is_the_same() -> None:
    assert differences(OLD, OLD | {"version": 2}) == []


def test_line_by_line() -> None:
    new = {
        "version": 2,
        "title": "Better",
        "seed": 7,
        "tasks": {
            "sums": {"title": "Sums"},
            "prose": {
                "title": "Prose",
                "metrics": {"bits": {"higher_is_better": True}},
                "families": ["causal", "masked"],
            },
        },
        "prompts": {"story": {"language": "en", "text": "Twice"}},
        "strategies": {},
    }
    assert differences(OLD, new) == [
        Difference("tasks", "sums", "", None, "Sums"),
        Difference("tasks", "prose", "metrics.bits.higher_is_better", "False", "True"),
        Difference("tasks", "prose", "families", None, "causal, masked"),
        Difference("tasks", "prose", "weight", "2", None),
        Difference("tasks", "chess", "", "Chess", None),
        Difference("prompts", "story", "text", "Once", "Twice"),
        Difference("strategies", "beam", "", "num_beams=4", None),
        Difference("settings", "", "title", "Standard", "Better"),
        Difference("settings", "", "seed", None, "7"),
    ]
