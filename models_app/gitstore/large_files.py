"""The large files of a whole history."""

from collections.abc import Iterator
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode, SortMode

from models_app.gitstore.objects import Pointer
from models_app.gitstore.pointers import MAX_BYTES, MIN_BYTES, parse_pointer
from models_app.gitstore.references import listed


@dataclass(frozen=True)
class LargeFile:
    """A pointer that some commit holds, with one place of many.

    `oid` is git's id of its text, `sha` the commit, `ref` a reference that leads there.
    """

    oid: str
    pointer: Pointer
    path: str
    ref: str
    sha: str


def large_files(repository: pygit2.Repository, prefix: str) -> Iterator[LargeFile]:
    """Each pointer once that references below `prefix` lead to, by their heads or by earlier commits.

    Every folder is read once, however many commits hold it; a file lies where the newest of them has it.
    """
    seen: set[pygit2.Oid] = set()
    walked: list[str] = []
    # The default branch first: where a file lies there is what people look for.
    for ref in sorted(listed(repository, prefix), key=lambda ref: ref.ref != "refs/heads/main"):
        walker = repository.walk(ref.target, SortMode.NONE)
        for target in walked:
            walker.hide(target)
        walked.append(ref.target)
        for commit in walker:
            for oid, pointer, path in _below(repository, commit.tree, "", seen):
                yield LargeFile(oid, pointer, path, ref.ref, str(commit.id))


def _below(
    repository: pygit2.Repository, folder: pygit2.Tree, path: str, seen: set[pygit2.Oid]
) -> Iterator[tuple[str, Pointer, str]]:
    if folder.id in seen:
        return
    seen.add(folder.id)
    for item in folder:
        place = path + (item.raw_name or b"").decode(errors="replace")
        if isinstance(item, pygit2.Tree):
            yield from _below(repository, item, f"{place}/", seen)
        elif item.filemode != FileMode.COMMIT and item.id not in seen:
            seen.add(item.id)
            pointer = _pointer(repository, item.id)
            if pointer is not None:
                yield str(item.id), pointer, place


def _pointer(repository: pygit2.Repository, oid: pygit2.Oid) -> Pointer | None:
    _, size = repository.odb.read_header(oid)
    return parse_pointer(repository.odb.read(oid)[1]) if MIN_BYTES <= size <= MAX_BYTES else None
