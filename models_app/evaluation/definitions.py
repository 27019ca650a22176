"""Suite definitions on disk: ``suites/<name>/<version>/suite.yaml`` and the files beside it. No Django, no torch.

Hub and workers read the same folders through this module and so agree on the hash that names a suite's content.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
import yaml

SUITES_DIR = Path(__file__).parent / "suites"


class InvalidDefinition(Exception):
    """A suite folder that cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Definition:
    """One version of a suite: `content` is the parsed ``suite.yaml``, `sha256` covers every file of the folder."""

    name: str
    version: int
    sha256: str
    content: dict[str, Any]
    folder: Path


def read_definition(folder: Path) -> Definition:
    """The definition in `folder`, which is ``…/<name>/<version>``. Raises `InvalidDefinition`."""
    try:
        content = yaml.safe_load((folder / "suite.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InvalidDefinition(f"{folder}: suite.yaml cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InvalidDefinition(f"{folder}: suite.yaml must hold a mapping.")
    name, version = folder.parent.name, int(folder.name) if folder.name.isdecimal() else 0
    if version < 1 or (content.get("suite"), content.get("version")) != (name, version):
        raise InvalidDefinition(f"{folder}: suite and version in suite.yaml must be the names of its folders.")
    return Definition(name=name, version=version, sha256=content_sha256(folder), content=content, folder=folder)


def read_definitions(root: Path = SUITES_DIR) -> Iterator[Definition]:
    """Every suite version below `root`, by name and version."""
    folders = [path.parent for path in root.glob("*/*/suite.yaml")]
    for folder in sorted(folders, key=lambda path: (path.parent.name, path.name.zfill(9))):
        yield read_definition(folder)


def content_sha256(folder: Path) -> str:
    """SHA-256 of the canonical JSON of ``{relative path: sha256 of the file}`` (hidden and compiled files left out)."""
    hashes = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and _counts(path.relative_to(folder))
    }
    return hashlib.sha256(rfc8785.dumps(hashes)).hexdigest()


def _counts(path: Path) -> bool:
    return not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
