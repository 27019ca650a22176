"""Read from a commit what lists and pages show. Whatever a member wrote wrongly becomes a warning, never an error."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models_app.cards.rules import Card, Facets, facets, parse_card, validate
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import MAX_MASK_TOKEN, Repo
from models_app.uploads.rules import load_mapping
from models_app.uploads.weights import NO_WEIGHTS, Weights, read_weights

_MAX_TEXT = 1024 * 1024  # bytes of a card or config that are worth parsing
_MAX_WARNING = 500
_TOKENIZER = "tokenizer_config.json"
T = TypeVar("T")


@dataclass(frozen=True)
class Inspection:
    """`warnings` are sentences for the repo's owner."""

    card_data: dict[str, Any]
    config: dict[str, Any]
    mask_token: str
    facets: Facets
    weights: Weights
    used_bytes: int
    regular_bytes: int
    warnings: list[str]


def inspect(repo: Repo, git: GitRepository, sha: str) -> Inspection:
    """What the files of commit `sha` say."""
    files = {entry.path: entry for entry in git.entries(sha, recursive=True) if entry.kind == "file"}
    reader = _Reader(git, files)
    card = reader.card(repo.kind)
    config = reader.config()
    found = facets(card, config, repo.kind)
    return Inspection(
        card_data=card.data,
        config=config,
        mask_token=reader.mask_token() if found.pipeline_tag == "fill-mask" else "",
        facets=found,
        weights=reader.attempt("The weights", lambda: read_weights(repo, git, files)) or NO_WEIGHTS,
        used_bytes=sum(entry.size for entry in files.values()),
        regular_bytes=sum(entry.size for entry in files.values() if entry.lfs is None),
        warnings=reader.warnings,
    )


@dataclass
class _Reader:
    git: GitRepository
    files: dict[str, Entry]
    warnings: list[str] = field(default_factory=list)

    def card(self, kind: str) -> Card:
        content = self.attempt("README.md", lambda: self._small("README.md"))
        if content is None:
            return Card(data={}, body="")
        text = content.decode(errors="replace")
        for sentences in validate(text, kind):
            self.warnings += sentences
        return parse_card(text)

    def config(self) -> dict[str, Any]:
        content = self.attempt("config.json", lambda: self._small("config.json"))
        return {} if content is None else self.attempt("config.json", lambda: load_mapping(content)) or {}

    def mask_token(self) -> str:
        """The word that stands for a gap in a text; "" where the tokenizer's config names none."""
        content = self.attempt(_TOKENIZER, lambda: self._small(_TOKENIZER))
        found = None if content is None else self.attempt(_TOKENIZER, lambda: load_mapping(content, max_nodes=10**6))
        token = (found or {}).get("mask_token")
        token = token.get("content") if isinstance(token, dict) else token
        return token if isinstance(token, str) and len(token) <= MAX_MASK_TOKEN else ""

    def attempt(self, subject: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None, and a warning, if a file does not hold what it should."""
        try:
            return read()
        except ValueError as error:
            sentence = f"{subject} could not be read: {error}".rstrip(".")
            self.warnings.append(f"{sentence[:_MAX_WARNING]}.")
            return None

    def _small(self, path: str) -> bytes | None:
        """The content of a file that must be small; None if there is no such file."""
        entry = self.files.get(path)
        if entry is None:
            return None
        if entry.lfs is not None or entry.size > _MAX_TEXT:
            raise ValueError("it is too large")
        return self.git.read(entry.oid)
