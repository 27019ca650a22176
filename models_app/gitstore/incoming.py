"""What commits bring that no reference leads to yet. Every new tree is looked at; nothing is trusted for its name."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import SortMode

from hub.core.errors import Invalid
from models_app.gitstore.entries import file_entry
from models_app.gitstore.errors import PathRefused
from models_app.gitstore.objects import Entry
from models_app.gitstore.rules import MAX_DEPTH, MAX_PATH_BYTES, check_path, shown
from models_app.gitstore.trees import EXECUTABLE_MODE, FILE_MODE, FOLDER_MODE, Leaf, parse_tree

MAX_FILES = 200_000
_LINK_MODE = 0o120000


@dataclass(frozen=True)
class Shape:
    """How much hangs below a tree: a few small objects that name each other can unfold to more than any disk holds."""

    files: int = 0
    depth: int = 0  # folders on the way to the deepest file
    length: int = 0  # bytes of the longest path


_Part = tuple[int, Shape | None]  # an entry of a tree: bytes of its name, and what hangs below if it is a folder


def new_files(repository: pygit2.Repository, tips: Sequence[str], *, aside: str = "") -> Iterator[Entry]:
    """Every blob that comes with the commits `tips` and was in no commit before, once, at the first path it has.

    What references below `aside` lead to counts as new too.

    Raises `PathRefused` for paths, links and submodules that a commit of the API could not hold either, `Invalid` for
    a commit of more than `MAX_FILES` files, and for a tip that is no commit.
    """
    commits, known = _new_commits(repository, [_commit_of(repository, tip) for tip in tips], aside)
    survey = _Survey(repository)
    for commit in known:
        survey.remember(str(commit.tree_id))
    for commit in commits:
        shape = yield from survey.unfold(str(commit.tree_id))
        if shape.files > MAX_FILES:
            raise Invalid(
                f"A commit has {shape.files} files: at most {MAX_FILES} are possible. Pack small ones together."
            )


def _commit_of(repository: pygit2.Repository, tip: str) -> pygit2.Commit:
    try:
        return repository[tip].peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        raise Invalid("A branch or tag must lead to a commit.") from None


def _new_commits(
    repository: pygit2.Repository, tips: Iterable[pygit2.Commit], aside: str
) -> tuple[list[pygit2.Commit], list[pygit2.Commit]]:
    """The commits that only `tips` lead to, newest first, and their parents among the others."""
    walk = repository.walk(None, SortMode.NONE)
    for tip in tips:
        walk.push(tip.id)
    for name in repository.listall_references():
        if aside and name.startswith(aside):
            continue
        reached = repository.lookup_reference(name).peel()
        if isinstance(reached, pygit2.Commit):
            walk.hide(reached.id)
    commits = list(walk)
    new = {commit.id for commit in commits}
    known = {parent for commit in commits for parent in commit.parent_ids} - new
    return commits, [repository[oid].peel(pygit2.Commit) for oid in known]


class _Survey:
    """Reads each tree once, wherever it hangs."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._shapes: dict[str, Shape] = {}
        self._blobs: set[str] = set()

    def remember(self, tree: str) -> Shape:
        """Note what lies below a tree that is here already, so that `unfold` leaves it out."""
        if tree not in self._shapes:
            parts: list[_Part] = []
            for name, leaf in self._entries(tree):
                if leaf.mode == FOLDER_MODE:
                    parts.append((len(name), self.remember(leaf.oid)))
                else:
                    self._blobs.add(leaf.oid)
                    parts.append((len(name), None))
            self._shapes[tree] = _joined(parts)
        return self._shapes[tree]

    def unfold(self, tree: str, path: str = "", depth: int = 0) -> Generator[Entry, None, Shape]:
        """The files below `tree`, which lies at `path`, that were not seen before; returns its shape."""
        if tree not in self._shapes:
            if depth >= MAX_DEPTH:
                raise PathRefused(f"{shown(path)} lies in more than {MAX_DEPTH - 1} folders.")
            parts: list[_Part] = []
            for name, leaf in self._entries(tree):
                below = f"{path}/{name.decode(errors='surrogateescape')}".removeprefix("/")
                _check(below, leaf)
                if leaf.mode == FOLDER_MODE:
                    parts.append((len(name), (yield from self.unfold(leaf.oid, below, depth + 1))))
                else:
                    parts.append((len(name), None))
                    if leaf.oid not in self._blobs:
                        self._blobs.add(leaf.oid)
                        yield file_entry(self._repository, leaf.oid, below)
            self._shapes[tree] = _joined(parts)
        shape = self._shapes[tree]
        if depth + shape.depth >= MAX_DEPTH or len(path.encode()) + bool(path) + shape.length > MAX_PATH_BYTES:
            raise PathRefused(f"A path below {shown(path)} is too long, or has more than {MAX_DEPTH - 1} folders.")
        return shape

    def _entries(self, tree: str) -> Iterator[tuple[bytes, Leaf]]:
        for name, entry in parse_tree(bytes(self._repository.odb.read(tree)[1])).items():
            if isinstance(entry, Leaf):
                yield name, entry


def _check(path: str, leaf: Leaf) -> None:
    check_path(path)
    if leaf.mode == _LINK_MODE:
        raise PathRefused(f"{shown(path)} is a symbolic link, which few clients can follow: commit the file itself.")
    if leaf.mode not in {FOLDER_MODE, FILE_MODE, EXECUTABLE_MODE}:
        raise PathRefused(f"{shown(path)} is a submodule, whose files would not be here: commit the files themselves.")


def _joined(parts: Sequence[_Part]) -> Shape:
    """The shape of a tree with these entries."""
    return Shape(
        files=sum(below.files if below else 1 for _, below in parts),
        depth=max((below.depth + 1 for _, below in parts if below), default=0),
        length=max((length + (1 + below.length if below else 0) for length, below in parts), default=0),
    )
