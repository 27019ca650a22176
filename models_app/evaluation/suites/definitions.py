"""Suite definitions: ``<name>/<version>/suite.yaml`` beside this module, and its files. No Django, no torch.

Hub and workers read the same files through this module and so agree on the hash that names a suite's content.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import rfc8785
import yaml

SUITES_DIR = Path(__file__).parent
SUITE_FILE = "suite.yaml"
HUB_DATA = ".data"  # folder beside suite.yaml for files of the hub's datasets; hidden, so no part of the hash
Files: TypeAlias = Mapping[str, bytes]  # path within the folder of a version → content


def task_path(name: str) -> str:
    """Where the file of task `name` lies in the folder of a version."""
    return f"tasks/{name}.yaml"


class InvalidDefinition(Exception):
    """A suite that cannot be used; the message says which and why."""


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
        content = load_yaml((folder / SUITE_FILE).read_bytes())
    except (OSError, InvalidDefinition) as error:
        raise InvalidDefinition(f"{folder}: suite.yaml cannot be read: {error}") from error
    name, version = folder.parent.name, int(folder.name) if folder.name.isdecimal() else 0
    if version < 1 or (content.get("suite"), content.get("version")) != (name, version):
        raise InvalidDefinition(f"{folder}: suite and version in suite.yaml must be the names of its folders.")
    return Definition(name=name, version=version, sha256=content_sha256(folder), content=content, folder=folder)


def read_definitions(root: Path = SUITES_DIR) -> Iterator[Definition]:
    """Every suite version below `root`, by name and version."""
    folders = [path.parent for path in root.glob(f"*/*/{SUITE_FILE}")]
    for folder in sorted(folders, key=lambda path: (path.parent.name, path.name.zfill(9))):
        yield read_definition(folder)


def hub_file(file: Mapping[str, Any]) -> str:
    """Where in the folder of a version a worker puts a file of a dataset (``data.files`` in ``suite.yaml``)."""
    return f"{HUB_DATA}/{file['sha256']}{Path(file['path']).suffix}"


def load_yaml(source: bytes) -> dict[str, Any]:
    """The mapping in a file of a suite: data only, each part written out. Raises `InvalidDefinition`."""
    try:
        content = yaml.load(source.decode(), _Loader)  # noqa: S506 (the safe loader, with less)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidDefinition(" ".join(str(error).split())[:300]) from error
    if not isinstance(content, dict):
        raise InvalidDefinition("It must hold a mapping.")
    return content


class _Loader(yaml.SafeLoader):
    """Without aliases, by which a small file could stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("Aliases (*name) are not read: write each part out.")
        return super().compose_node(parent, index)


def dump_yaml(content: Mapping[str, Any]) -> bytes:
    text: str = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=120)
    return text.encode()


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` that counts (hidden and compiled ones do not), by its path within."""
    paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {relative.as_posix(): path.read_bytes() for relative, path in paths.items() if _counts(relative)}


def content_sha256(folder: Path) -> str:
    """The hash that names the content of `folder`, see `hashes_sha256`."""
    return hashes_sha256(file_hashes(read_files(folder)))


def file_hashes(files: Files) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}


def hashes_sha256(hashes: Mapping[str, str]) -> str:
    """SHA-256 of the canonical JSON of ``{path: sha256 of the file}``."""
    return hashlib.sha256(rfc8785.dumps(dict(hashes))).hexdigest()


def _counts(path: Path) -> bool:
    return not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
