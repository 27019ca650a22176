"""What a model card says in its front matter, what is wrong with it, and what the hub keeps of it for lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from models_app.cards import checks, frontmatter
from models_app.cards.architectures import pipeline_tag_of
from models_app.cards.frontmatter import texts
from models_app.cards.lineage import lineage_tags
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import Licence, normalize

MAX_TAGS = 300
MAX_TAG = 200  # characters: the width of RepoTag.tag
MAX_FACET = 60  # characters: the width of Repo.pipeline_tag and Repo.library_name

_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", re.ASCII)


_DATASET_KEYS = (
    "task_categories",
    "task_ids",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "language",
    "size_categories",
    "source_datasets",
)


@dataclass(frozen=True)
class Card:
    """A README.md. `data` is its front matter as JSON data ({} when there is none or it cannot be read)."""

    data: dict[str, Any]
    body: str
    problem: str = ""  # why the front matter could not be read, as a sentence for the author


@dataclass(frozen=True)
class Facets:
    """What lists show and filter by. `tags` are the words of RepoTag, in the Hub's spelling."""

    licence: str = ""
    pipeline_tag: str = ""
    library_name: str = ""
    tags: list[str] = field(default_factory=list)


def parse_card(text: str) -> Card:
    """Split and read a card; never raises, whatever `text` holds."""
    source, body = frontmatter.split(text)
    if source is None:
        return Card({}, body)
    try:
        return Card(frontmatter.load(source), body)
    except frontmatter.FrontMatterError as error:
        return Card({}, body, problem=str(error))


def validate(card_text: str, repo_type: str) -> tuple[list[str], list[str]]:
    """(errors, warnings), as sentences, of a card for a repo of type ``model``, ``dataset`` or ``space``.

    This is ``POST /api/validate-yaml``, which every client asks before it commits a README.md: an error refuses the
    commit, so only what the hub could not use is one.
    """
    card = parse_card(card_text)
    if card.problem:
        return [card.problem], []
    if not card.data:
        return [], [_("The card has no metadata: add YAML front matter with at least a license.")]
    return checks.errors(card.data), checks.warnings(card.data, repo_type)


def licences(data: dict[str, Any]) -> list[Licence]:
    """The known licences that the card names."""
    found = []
    for text in texts(data, "license"):
        try:
            found.append(normalize(text))
        except UnknownLicence:
            continue
    return found


def facets(card: Card, config: dict[str, Any], kind: str = "model") -> Facets:
    """The facets of a repo of `kind` with this card and this config.json (``{}`` when it has none)."""
    pipeline_tag = _one(card.data, "pipeline_tag") or pipeline_tag_of(config)
    library = _one(card.data, "library_name") or ("transformers" if config.get("architectures") else "")
    return Facets(
        licence=_joint(licences(card.data)),
        pipeline_tag=pipeline_tag,
        library_name=library,
        tags=_bounded(_dataset_tags(card) if kind == "dataset" else _tags(card, config, library, pipeline_tag)),
    )


def _one(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value.strip() if isinstance(value, str) and len(value.strip()) <= MAX_FACET else ""


def _joint(found: list[Licence]) -> str:
    """One licence for the badge: several bind together (AND) where SPDX can say so, else the first stands."""
    if len(found) > 1 and all(licence.spdx for licence in found):
        try:
            return normalize(" AND ".join(f"({licence.spdx})" for licence in found)).id
        except UnknownLicence:  # too long to keep
            return found[0].id
    return found[0].id if found else ""


def _tags(card: Card, config: dict[str, Any], library: str, pipeline_tag: str) -> Iterator[str]:
    """In the Hub's order and spelling: clients filter by ``license:mit``, ``dataset:x``, ``base_model:a/b``."""
    yield from (library, pipeline_tag)
    model_type = config.get("model_type")
    if isinstance(model_type, str):
        yield model_type
    yield from texts(card.data, "tags")
    yield from (f"dataset:{name}" for name in texts(card.data, "datasets"))
    yield from (f"arxiv:{number}" for number in _ARXIV.findall(card.body))
    yield from texts(card.data, "language")
    yield from lineage_tags(card.data, config, library)
    yield from (f"license:{licence.hub_id}" for licence in licences(card.data))


def _dataset_tags(card: Card) -> Iterator[str]:
    """Clients filter datasets by the key and its value: ``language:en``, ``task_categories:summarization``."""
    for key in _DATASET_KEYS:
        yield from (f"{key}:{value}" for value in texts(card.data, key))
    yield from (f"license:{licence.hub_id}" for licence in licences(card.data))
    yield from (f"arxiv:{number}" for number in _ARXIV.findall(card.body))
    yield from texts(card.data, "tags")


def _bounded(tags: Iterator[str]) -> list[str]:
    kept: dict[str, None] = {}
    for tag in tags:
        if tag and len(tag) <= MAX_TAG:
            kept[tag] = None
        if len(kept) == MAX_TAGS:
            break
    return list(kept)
