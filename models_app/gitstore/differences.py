"""What changed between two commits, file by file."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import pygit2
from pygit2.enums import DeltaStatus

from models_app.gitstore.objects import Entry
from models_app.gitstore.pointers import MAX_BYTES, parse_pointer

Status = Literal["added", "deleted", "modified", "renamed"]
_STATUS: dict[DeltaStatus, Status] = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "deleted",
    DeltaStatus.RENAMED: "renamed",
}


@dataclass(frozen=True)
class DiffLine:
    """One line of a hunk; `origin` is ``+``, ``-`` or a space, a number is None on the side that lacks the line."""

    origin: str
    old_number: int | None
    new_number: int | None
    content: str


@dataclass(frozen=True)
class FileDiff:
    """`hunks` is empty for large files, for binary ones and beyond the limits; `before` and `after` tell the rest."""

    path: str
    old_path: str
    status: Status
    before: Entry | None
    after: Entry | None
    hunks: list[list[DiffLine]] = field(default_factory=list)


def parent_of(repository: pygit2.Repository, sha: str) -> str | None:
    commit = repository[sha].peel(pygit2.Commit)
    return str(commit.parent_ids[0]) if commit.parent_ids else None


def diff_of(
    repository: pygit2.Repository, base: str | None, sha: str, *, max_files: int, max_bytes: int
) -> tuple[int, list[FileDiff]]:
    """(number of changed files, the first `max_files` of them); text is compared up to `max_bytes` a side."""
    diff = _compared(repository, base, sha)
    deltas = list(islice(diff.deltas, max_files))
    return len(diff), [_file(repository, diff, index, delta, max_bytes) for index, delta in enumerate(deltas)]


def patch_of(repository: pygit2.Repository, base: str | None, sha: str, *, max_bytes: int) -> str:
    """The comparison as ``git diff`` writes it, ended after the file with which it grew beyond `max_bytes`."""
    diff, text = _compared(repository, base, sha), ""
    for index, delta in enumerate(diff.deltas):
        small = all(_size(repository, side) <= max_bytes for side in (delta.old_file, delta.new_file))
        patch = diff[index] if small else None
        if patch is not None:
            text += bytes(patch.data).decode(errors="replace")
        if len(text) > max_bytes:
            break
    return text


def _compared(repository: pygit2.Repository, base: str | None, sha: str) -> pygit2.Diff:
    tree = repository[sha].peel(pygit2.Tree)
    if base is None:
        return tree.diff_to_tree(swap=True)
    diff = repository[base].peel(pygit2.Tree).diff_to_tree(tree)
    diff.find_similar(rename_limit=200)
    return diff


def _size(repository: pygit2.Repository, side: pygit2.DiffFile) -> int:
    size: int = repository.odb.read_header(side.id)[1] if side.mode else 0
    return size


def _file(
    repository: pygit2.Repository, diff: pygit2.Diff, index: int, delta: pygit2.DiffDelta, max_bytes: int
) -> FileDiff:
    before = None if delta.status == DeltaStatus.ADDED else _entry(repository, delta.old_file)
    after = None if delta.status == DeltaStatus.DELETED else _entry(repository, delta.new_file)
    sides = [side for side in (before, after) if side is not None]
    comparable = all(side.lfs is None and side.size <= max_bytes for side in sides)
    return FileDiff(
        path=_path(delta.new_file),
        old_path=_path(delta.old_file),
        status=_STATUS.get(delta.status, "modified"),
        before=before,
        after=after,
        hunks=_hunks(diff, index) if comparable else [],
    )


def _path(side: pygit2.DiffFile) -> str:
    return bytes(side.raw_path).decode(errors="replace")  # as `entries` names it


def _entry(repository: pygit2.Repository, side: pygit2.DiffFile) -> Entry:
    _, size = repository.odb.read_header(side.id)
    pointer = parse_pointer(repository.odb.read(side.id)[1]) if size <= MAX_BYTES else None
    return Entry(_path(side), "file", str(side.id), pointer.size if pointer else size, pointer)


def _hunks(diff: pygit2.Diff, index: int) -> list[list[DiffLine]]:
    patch = diff[index]
    if patch is None or patch.delta.is_binary:
        return []
    return [[_line(line) for line in hunk.lines if line.origin in "+- "] for hunk in patch.hunks]


def _line(line: pygit2.DiffLine) -> DiffLine:
    return DiffLine(
        origin=line.origin,
        old_number=line.old_lineno if line.old_lineno > 0 else None,
        new_number=line.new_lineno if line.new_lineno > 0 else None,
        content=line.raw_content.decode(errors="replace").rstrip("\n"),
    )
