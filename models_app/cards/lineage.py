"""From which models a model was made, and how: the Hub's ``base_model:`` tags."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models_app.cards.frontmatter import texts

_PREFIX = "base_model:"
RELATIONS = ("finetune", "adapter", "quantized", "merge")
_ADAPTER_LIBRARIES = {"peft", "adapter-transformers"}


@dataclass(frozen=True)
class Lineage:
    """`relation` is one of `RELATIONS`; "" without a base."""

    bases: list[str]
    relation: str


def lineage_tags(data: dict[str, Any], config: dict[str, Any], library: str) -> Iterator[str]:
    """``base_model:a/b`` and ``base_model:finetune:a/b`` for each base that the front matter names."""
    bases = texts(data, "base_model")
    yield from (f"{_PREFIX}{name}" for name in bases)
    if bases:
        relation = _relation(data, config, library, bases)
        yield from (f"{_PREFIX}{relation}:{name}" for name in bases)


def _relation(data: dict[str, Any], config: dict[str, Any], library: str, bases: list[str]) -> str:
    """What the card says, else what its other facts suggest."""
    said = data.get("base_model_relation")
    if said in RELATIONS:
        return str(said)
    if len(bases) > 1:
        return "merge"
    if library in _ADAPTER_LIBRARIES:
        return "adapter"
    if library == "gguf" or "quantization_config" in config:
        return "quantized"
    return "finetune"


def read_lineage(tags: Iterable[str]) -> Lineage:
    """The lineage that the tags of a repo tell."""
    bases, relation = [], ""
    for tag in tags:
        if tag.startswith(_PREFIX):
            first, colon, _base = tag.removeprefix(_PREFIX).partition(":")
            if not colon:
                bases.append(first)
            elif first in RELATIONS:
                relation = first
    return Lineage(bases, relation)


def child_tag(full_id: str) -> str:
    """The tag of every model that was made from the model `full_id`."""
    return f"{_PREFIX}{full_id}"
