"""Whether a repository is whole, and what it points to if so."""

import re
import subprocess
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode, SortMode

from models_app.gitstore.large_files import LargeFile
from models_app.gitstore.references import listed
from models_app.gitstore.repository import GitRepository

_ERRORS = (KeyError, ValueError, OSError, pygit2.GitError)
_OID = re.compile(r"\b[0-9a-f]{40}\b")
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": "/nonexistent",
}


class HistoryBroken(Exception):
    """A part of the history cannot be read, so nobody knows all that it points to."""


@dataclass(frozen=True)
class Place:
    """`path` (empty for the root folder) has the object `oid` in commit `sha`, and maybe in others."""

    oid: str
    path: str
    sha: str


def all_references(storage_id: uuid.UUID) -> dict[str, str]:
    """{full name: id or name that it points to}, once each was followed to its end. Raises `HistoryBroken`."""
    try:
        repository = pygit2.Repository(str(GitRepository.path_of(storage_id)))
        references = [repository.lookup_reference(name) for name in repository.listall_references()]
        for reference in references:
            repository[reference.resolve().target].peel(None)
        return {reference.name: str(reference.target) for reference in references}
    except _ERRORS as error:
        raise HistoryBroken(f"{type(error).__name__}: {error}") from error


def all_large_files(storage_id: uuid.UUID) -> Iterator[LargeFile]:
    """Every large file that any commit of any reference points to.

    Raises `HistoryBroken`: then what was found until there is not all.
    """
    all_references(storage_id)  # a branch that leads nowhere counts as none elsewhere
    try:
        yield from GitRepository.open(storage_id).large_files()
    except _ERRORS as error:
        raise HistoryBroken(f"{type(error).__name__}: {error}") from error


def check_repository(storage_id: uuid.UUID) -> list[str]:
    """What ``git fsck`` finds broken, a line each; empty for a whole repository."""
    path = GitRepository.path_of(storage_id)
    if not path.is_dir():
        return ["its folder is missing"]
    command = ["git", "-c", "safe.directory=*", "-C", str(path), "fsck", "--full", "--no-dangling", "--no-progress"]
    done = subprocess.run(command, capture_output=True, env=_ENVIRONMENT, check=False)  # noqa: S603 (no shell)
    lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    return (lines or [f"git fsck ended with status {done.returncode}"]) if done.returncode else []


def places_named(storage_id: uuid.UUID, lines: Collection[str]) -> Iterator[Place]:
    """Where the objects lie that `lines` name by their ids, as far as the history can still be read."""
    wanted = {oid for line in lines for oid in _OID.findall(line)}
    with suppress(*_ERRORS):
        repository = pygit2.Repository(str(GitRepository.path_of(storage_id)))
        yield from (place for place in _walk(repository) if place.oid in wanted)


def _walk(repository: pygit2.Repository) -> Iterator[Place]:
    """Every file and folder of every commit that can be read. What commits share at one path comes once."""
    walker = repository.walk(None, SortMode.TIME)
    for ref in listed(repository, "refs/"):
        walker.push(pygit2.Oid(hex=ref.target))
    seen: set[tuple[str, str]] = set()
    for commit in walker:
        waiting = [(str(commit.tree_id), "", True)]
        while waiting:
            oid, path, is_folder = waiting.pop()
            if (oid, path) not in seen:
                seen.add((oid, path))
                yield Place(oid, path, str(commit.id))
                waiting += _children(repository, oid, path) if is_folder else []


def _children(repository: pygit2.Repository, oid: str, path: str) -> list[tuple[str, str, bool]]:
    try:
        tree = repository[oid].peel(pygit2.Tree)
    except _ERRORS:
        return []
    prefix = f"{path}/" if path else ""
    return [
        (str(item.id), prefix + (item.raw_name or b"").decode(errors="replace"), item.filemode == FileMode.TREE)
        for item in tree
        if item.filemode != FileMode.COMMIT
    ]
