"""Bring the changes of one commit into another, file by file; planned without writing anything."""

from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode

from models_app.gitstore.errors import PathRefused
from models_app.gitstore.objects import AddBlob, AddFile, AddPointer, Change, DeleteFile
from models_app.gitstore.pointers import MAX_BYTES, parse_pointer
from models_app.gitstore.trees import TreeEditor

MAX_TEXT = 1024 * 1024  # bytes a side, of files whose lines are merged
_FILES = {FileMode.BLOB, FileMode.BLOB_EXECUTABLE, FileMode.LINK}


@dataclass
class Merge:
    """What brings `theirs` into `ours`.

    `base` is the sha of the newest common ancestor, None where there is none. `changes` apply to `ours`; they are empty
    where it has everything already. `pointers` are those large files among them. `conflicts` are the paths that both
    sides changed and no machine can put together: with one of them there is no merge.
    """

    base: str | None
    ours: str
    theirs: str
    changes: list[Change] = field(default_factory=list)
    pointers: list[AddPointer] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    @property
    def fast_forward(self) -> bool:
        """Whether nothing happened in `ours` since `theirs` left it: the branch can just move on."""
        return self.base == self.ours


@dataclass(frozen=True)
class _Side:
    oid: str
    mode: int


def merge_base(repository: pygit2.Repository, one: str, other: str) -> str | None:
    base = repository.merge_base(one, other)
    return str(base) if base is not None else None


def plan_merge(repository: pygit2.Repository, ours: str, theirs: str) -> Merge:
    """See `GitRepository.plan_merge`."""
    merge = Merge(merge_base(repository, ours, theirs), ours, theirs)
    _Planner(repository, merge).run()
    return merge


class _Planner:
    def __init__(self, repository: pygit2.Repository, merge: Merge) -> None:
        self._repository = repository
        self._merge = merge
        self._ours = repository[merge.ours].peel(pygit2.Tree)
        self._editor = TreeEditor(lambda oid: bytes(repository.odb.read(oid)[1]), str(self._ours.id))
        self._removed: list[str] = []
        self._put: list[tuple[str, _Side | None, _Side]] = []

    def run(self) -> None:
        theirs = self._repository[self._merge.theirs].peel(pygit2.Tree)
        if self._merge.base is not None:
            diff = self._repository[self._merge.base].peel(pygit2.Tree).diff_to_tree(theirs)
        else:
            diff = theirs.diff_to_tree(swap=True)
        for delta in diff.deltas:
            self._look_at(delta)
        # What goes first makes room: a file may have become a folder, and a folder a file.
        for path in self._removed:
            self._editor.delete(path)
            self._merge.changes.append(DeleteFile(path))
        for path, base, side in self._put:
            self._bring(path, base, side)

    def _look_at(self, delta: pygit2.DiffDelta) -> None:
        try:
            path = bytes(delta.new_file.raw_path).decode()
        except UnicodeDecodeError:
            self._merge.conflicts.append(bytes(delta.new_file.raw_path).decode(errors="replace"))
            return
        base, theirs = _side(delta.old_file), _side(delta.new_file)
        ours = self._at(path)
        if ours == theirs:
            return
        if theirs is not None:
            self._put.append((path, base, theirs))
        elif ours == base:
            self._removed.append(path)
        else:
            self._merge.conflicts.append(path)

    def _at(self, path: str) -> _Side | None:
        """What lies at `path` in our commit, a folder being nothing: `TreeEditor` refuses to put a file over it."""
        try:
            found = self._ours[path]
        except KeyError:
            return None
        return None if found.filemode == FileMode.TREE else _Side(str(found.id), int(found.filemode))

    def _bring(self, path: str, base: _Side | None, theirs: _Side) -> None:
        ours = self._at(path)
        change: Change | None
        if theirs.mode not in _FILES:
            change = None
        elif ours == base:
            change = AddBlob(path, theirs.oid, theirs.mode)
        else:
            change = self._lines(path, base, ours, theirs)
        try:
            if change is not None:
                self._editor.put(path, theirs.oid, theirs.mode)
        except PathRefused:  # our side made a folder of it, or a file of a folder on the way
            change = None
        if change is None:
            self._merge.conflicts.append(path)
            return
        self._merge.changes.append(change)
        pointer = parse_pointer(self._content(theirs)) if self._size(theirs) <= MAX_BYTES else None
        if pointer is not None:
            self._merge.pointers.append(AddPointer(path, pointer))

    def _lines(self, path: str, base: _Side | None, ours: _Side | None, theirs: _Side) -> AddFile | None:
        """Both sides' lines in one file; None where they touch each other, or are no lines."""
        if base is None or ours is None or ours.mode != theirs.mode:
            return None
        if not all(self._is_text(side) for side in (base, ours, theirs)):
            return None
        merged = self._repository.merge_file_from_index(
            _index_entry(path, base), _index_entry(path, ours), _index_entry(path, theirs)
        )
        return AddFile(path, merged.contents.encode()) if merged.automergeable else None

    def _is_text(self, side: _Side) -> bool:
        if side.mode not in {FileMode.BLOB, FileMode.BLOB_EXECUTABLE} or self._size(side) > MAX_TEXT:
            return False
        content = self._content(side)
        try:
            content.decode()
        except UnicodeDecodeError:
            return False
        return b"\0" not in content and parse_pointer(content) is None

    def _size(self, side: _Side) -> int:
        size: int = self._repository.odb.read_header(side.oid)[1]
        return size

    def _content(self, side: _Side) -> bytes:
        return bytes(self._repository.odb.read(side.oid)[1])


def _index_entry(path: str, side: _Side) -> pygit2.IndexEntry:
    return pygit2.IndexEntry(path, pygit2.Oid(hex=side.oid), FileMode(side.mode))


def _side(file: pygit2.DiffFile) -> _Side | None:
    return _Side(str(file.id), int(file.mode)) if file.mode else None
