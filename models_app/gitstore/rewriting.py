"""Take files out of every commit, as if they had never been there."""

import re
from collections.abc import Set as AbstractSet

import pygit2
from pygit2.enums import ReferenceType, SortMode

from models_app.gitstore.libgit2 import disk_full_is_a_refusal
from models_app.gitstore.locks import writing
from models_app.gitstore.loose import Kind, ObjectWriter
from models_app.gitstore.trees import EMPTY_TREE, FOLDER_MODE, parse_tree, tree_text

# Signatures were made over what the commit no longer says.
_SIGNATURE = re.compile(rb"^(?:gpgsig|gpgsig-sha256|mergetag) [^\n]*\n(?: [^\n]*\n)*", re.MULTILINE)


def forget(repository: pygit2.Repository, doomed: AbstractSet[str]) -> None:
    """Rewrite all references without the blobs `doomed` (ids in hex), and without folders that become empty by it.

    Commits that held none of them keep their id if their parents do. All objects are written before the first
    reference moves; a crash between two references is mended by doing it again.
    """
    names = [
        name
        for name in repository.listall_references()
        if repository.lookup_reference(name).type == ReferenceType.DIRECT
    ]
    with disk_full_is_a_refusal(), writing(repository, *names):
        rewriter = _Rewriter(repository, doomed)
        references = [repository.lookup_reference(name) for name in names]
        moves = [(reference, rewriter.moved(reference.target)) for reference in references]
        rewriter.writer.sync()
        for reference, target in moves:
            if target != str(reference.target):
                reference.set_target(target)


class _Rewriter:
    """Remembers what became of each object: {old id: new id}, with "" for a folder of which nothing is left."""

    def __init__(self, repository: pygit2.Repository, doomed: AbstractSet[str]) -> None:
        self._repository = repository
        self._doomed = doomed
        self._known: dict[str, str] = {}
        self.writer = ObjectWriter(repository)

    def moved(self, target: pygit2.Oid | str) -> str:
        """What a reference to `target` must name now."""
        found = self._repository[target]
        if isinstance(found, pygit2.Commit):
            return self._history(found.id)
        if isinstance(found, pygit2.Tag):  # an annotation, of a commit or of another tag
            return self._replaced("tag", str(found.id), {str(found.target): self.moved(found.target)})
        return str(found.id)

    def _history(self, tip: pygit2.Oid) -> str:
        # Parents first, so that a commit finds them; those already known are not walked again.
        walker = self._repository.walk(tip, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        for commit in walker:
            sha = str(commit.id)
            if sha not in self._known:
                tree = str(commit.tree_id)
                changes = {tree: self._tree(tree) or self._empty_tree()}
                changes |= {str(parent): self._known[str(parent)] for parent in commit.parent_ids}
                self._known[sha] = self._replaced("commit", sha, changes)
        return self._known[str(tip)]

    def _replaced(self, kind: Kind, oid: str, changes: dict[str, str]) -> str:
        """The object with other ids in its header; itself if they are the same."""
        if all(old == new for old, new in changes.items()):
            return oid
        header, _, message = bytes(self._repository.odb.read(oid)[1]).partition(b"\n\n")
        header = _SIGNATURE.sub(b"", header + b"\n").removesuffix(b"\n")
        for old, new in changes.items():
            header = re.sub(
                rb"^(tree|parent|object) " + old.encode() + rb"$", rb"\1 " + new.encode(), header, flags=re.MULTILINE
            )
        return self.writer.write(kind, header + b"\n\n" + message)

    def _tree(self, oid: str) -> str:
        if oid not in self._known:
            self._known[oid] = self._rebuilt(oid)
        return self._known[oid]

    def _rebuilt(self, oid: str) -> str:
        content = bytes(self._repository.odb.read(oid)[1])
        kept = []
        for name, entry in parse_tree(content).items():
            new = self._tree(entry.oid) if entry.mode == FOLDER_MODE else entry.oid * (entry.oid not in self._doomed)
            if new:
                kept.append((entry.mode, name, new))
        text = tree_text(kept)
        return oid if text == content else self.writer.write("tree", text) if text else ""

    def _empty_tree(self) -> str:
        self.writer.write("tree", b"")
        return EMPTY_TREE
