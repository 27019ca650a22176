"""Read from a commit what lists and pages show. Whatever a member wrote wrongly becomes a warning, never an error."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.core.errors import DomainError
from models_app.cards.rules import Card, Facets, facets, parse_card
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import GitRepository
from models_app.uploads.rules import load_json
from models_app.uploads.weights import read_parameters

_MAX_TEXT = 1024 * 1024  # bytes of a card or config that are worth parsing

Files = dict[str, Entry]


@dataclass(frozen=True)
class Inspection:
    """`parameters` is {dtype: count}, empty when unknown. `warnings` are sentences for the repo's owner."""

    card_data: dict[str, Any]
    config: dict[str, Any]
    facets: Facets
    parameters: dict[str, int]
    used_bytes: int
    warnings: list[str]


def inspect(git: GitRepository, sha: str) -> Inspection:
    """What the files of commit `sha` say."""
    reader = _Reader(git, {entry.path: entry for entry in git.entries(sha, recursive=True) if entry.kind == "file"})
    card_data = reader.mapping("README.md", lambda text: parse_card(text.decode()).data)
    config = reader.mapping("config.json", load_json)
    return Inspection(
        card_data=card_data,
        config=config,
        facets=facets(Card(data=card_data, body=""), config),
        parameters=reader.attempt("weights", lambda: read_parameters(git, reader.files)) or {},
        used_bytes=sum(entry.size for entry in reader.files.values()),
        warnings=reader.warnings,
    )


@dataclass
class _Reader:
    git: GitRepository
    files: Files
    warnings: list[str] = field(default_factory=list)

    def mapping(self, path: str, parse: Callable[[bytes], Any]) -> dict[str, Any]:
        """The mapping in the file at `path`; empty if there is no such file or no such mapping."""
        entry = self.files.get(path)
        if entry is None:
            return {}
        return self.attempt(path, lambda: _as_mapping(parse(self._text(entry)))) or {}

    def attempt(self, subject: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return read()
        except (DomainError, ValueError) as error:
            self.warnings.append(f"{subject} could not be read: {error}"[:500])
            return None

    def _text(self, entry: Entry) -> bytes:
        if entry.lfs is not None or entry.size > _MAX_TEXT:
            raise ValueError("it is too large")
        return self.git.read(entry.oid)


def _as_mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it is not a mapping of names to values")  # noqa: TRY004 (a fault of the file, not of a caller)
    return value
