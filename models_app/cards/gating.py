"""What the owner of a gated repo says and asks before giving access: the card's ``extra_gated_…`` fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MAX_QUESTIONS = 20
MAX_PROMPT = 10_000  # characters
_MAX_LABEL = 200
_MAX_OPTIONS = 300


@dataclass(frozen=True)
class Question:
    """One field of the form. `options` belong to a select; a check box must be ticked."""

    label: str
    kind: Literal["text", "checkbox", "select"]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateText:
    """`heading` and `button` are empty where the card leaves them to the page; `prompt` is Markdown."""

    heading: str
    prompt: str
    button: str
    questions: tuple[Question, ...]


def gate_text(card_data: Mapping[str, Any]) -> GateText:
    """What the card says; whatever is not as it should be is left out."""
    fields = card_data.get("extra_gated_fields")
    found = [_question(label, spec) for label, spec in fields.items()] if isinstance(fields, dict) else []
    return GateText(
        heading=_text(card_data, "extra_gated_heading")[:_MAX_LABEL],
        prompt=_text(card_data, "extra_gated_prompt")[:MAX_PROMPT],
        button=_text(card_data, "extra_gated_button_content")[:60],
        questions=tuple(question for question in found if question is not None)[:MAX_QUESTIONS],
    )


def _text(card_data: Mapping[str, Any], key: str) -> str:
    value = card_data.get(key)
    return value if isinstance(value, str) else ""


def _question(label: Any, spec: Any) -> Question | None:
    """``label: text``, ``label: checkbox`` or ``label: {type: select, options: […]}``; any other type is text."""
    kind = spec.get("type") if isinstance(spec, dict) else spec
    if not isinstance(label, str) or not label.strip() or not isinstance(kind, str):
        return None
    label = label.strip()[:_MAX_LABEL]
    if kind == "checkbox":
        return Question(label, "checkbox")
    options = tuple(_options(spec["options"])) if isinstance(spec, dict) and "options" in spec else ()
    return Question(label, "select", options) if kind == "select" and options else Question(label, "text")


def _options(value: Any) -> list[str]:
    """Each option is a word, or ``{label, value}``."""
    words = [item.get("label") if isinstance(item, dict) else item for item in value] if isinstance(value, list) else []
    return [str(word)[:_MAX_LABEL] for word in words if isinstance(word, str | int)][:_MAX_OPTIONS]
