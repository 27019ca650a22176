"""Write a commit: check everything, write objects, then move the branch; in this order a crash changes nothing."""

from collections.abc import Sequence

import pygit2

from hub.core.errors import DomainError, Invalid, Stale
from models_app.gitstore.entries import entry_at
from models_app.gitstore.errors import EntryNotFound, RevisionNotFound
from models_app.gitstore.libgit2 import disk_full_is_a_refusal
from models_app.gitstore.locks import writing
from models_app.gitstore.loose import ObjectWriter, object_id
from models_app.gitstore.objects import (
    AddBlob,
    AddFile,
    AddPointer,
    Author,
    Change,
    CopyFile,
    DeleteFile,
    DeleteFolder,
)
from models_app.gitstore.pointers import pointer_text
from models_app.gitstore.references import is_reference_name, signature, target_of
from models_app.gitstore.trees import TreeEditor

_MIN_PARENT_DIGITS = 7
# huggingface_hub shows this sentence to its caller.
_STALE = "The branch was updated since you opened this page. Please refresh and try again."


class Plan:
    """What a commit will write, worked out without writing anything."""

    def __init__(self, repository: pygit2.Repository, base: pygit2.Commit | None, changes: Sequence[Change]) -> None:
        self._repository = repository
        self._editor = TreeEditor(lambda oid: bytes(repository.odb.read(oid)[1]), str(base.tree_id) if base else None)
        self._blobs: dict[str, bytes] = {}
        self._sent: list[str] = []
        for change in changes:
            self._apply(change)
        self.tree, self._trees = self._editor.build()

    def _apply(self, change: Change) -> None:
        match change:
            case AddFile(path, content):
                self._editor.put(path, self._blob(content))
            case AddPointer(path, pointer):
                self._editor.put(path, self._blob(pointer_text(pointer)))
            case AddBlob(path, oid, mode):
                if oid not in self._repository.odb:
                    raise Invalid(f"The content of '{path}' was not sent.")
                self._sent.append(oid)
                self._editor.put(path, oid, mode)
            case CopyFile(path, source_path, source_sha):
                self._editor.put(path, self._source(source_path, source_sha))
            case DeleteFile(path):
                self._editor.delete(path)
            case DeleteFolder(path):
                self._editor.delete(path, folder_only=True)

    def _blob(self, content: bytes) -> str:
        oid = object_id("blob", content)
        self._blobs[oid] = content
        return oid

    def _source(self, path: str, sha: str) -> str:
        try:
            tree = self._repository[sha].peel(pygit2.Tree)
        except (KeyError, ValueError):
            raise RevisionNotFound(sha) from None
        source = entry_at(self._repository, tree, path)
        if source.kind != "file":
            raise EntryNotFound(f"'{path}' is a folder: only files can be copied.")
        return source.oid

    def write(self, writer: ObjectWriter) -> None:
        for content in self._blobs.values():
            writer.write("blob", content)
        for oid in self._sent:
            writer.include(oid)
        for content in self._trees:
            writer.write("tree", content)


def commit(  # noqa: PLR0913 (a commit has these parts; all but one are named)
    repository: pygit2.Repository,
    *,
    branch: str,
    parent: str | None,
    changes: Sequence[Change],
    author: Author,
    message: str,
    merged: str | None = None,
) -> str:
    """See `GitRepository.commit`."""
    reference = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    message = message.replace("\0", "").strip() or "Update"
    with disk_full_is_a_refusal(), writing(repository, reference):
        head = _head(repository, reference, branch)
        try:
            _check_parent(head, parent)
            plan = Plan(repository, head, changes)
        except (Stale, EntryNotFound):
            if head is not None and _made_by(repository, head, parent, changes, message):
                return str(head.id)
            raise
        if head is not None and plan.tree == str(head.tree_id):
            return str(head.id)
        writer = ObjectWriter(repository)
        plan.write(writer)
        parents = [str(head.id)] if head is not None else []
        parents += [merged] if merged is not None else []
        sha = writer.write("commit", _commit_text(plan.tree, parents, author, message))
        writer.sync()
        _move(repository, reference, head, sha)
        return sha


def squash(repository: pygit2.Repository, *, branch: str, author: Author, message: str) -> str:
    """See `GitRepository.squash`."""
    reference = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    message = message.replace("\0", "").strip() or "Squash"
    if not is_reference_name(reference):
        raise RevisionNotFound(branch)
    with disk_full_is_a_refusal(), writing(repository, reference):
        target = target_of(repository, reference)
        if target is None:
            raise RevisionNotFound(branch)
        head = repository[target].peel(pygit2.Commit)
        if not head.parents and head.message == message:
            return target  # a repeated request
        writer = ObjectWriter(repository)
        sha = writer.write("commit", _commit_text(str(head.tree_id), [], author, message))
        writer.sync()
        _move(repository, reference, head, sha)
        return sha


def advance(repository: pygit2.Repository, *, branch: str, parent: str, target: str) -> None:
    """See `GitRepository.advance`."""
    reference = f"refs/heads/{branch}"
    with disk_full_is_a_refusal(), writing(repository, reference):
        head = _head(repository, reference, branch)
        _check_parent(head, parent)
        _move(repository, reference, head, target)


def _commit_text(tree: str, parents: Sequence[str], author: Author, message: str) -> bytes:
    lines = "".join(f"parent {parent}\n" for parent in parents)
    who = signature(author)
    return f"tree {tree}\n{lines}author {who}\ncommitter {who}\n\n{message}".encode(errors="replace")


def _head(repository: pygit2.Repository, reference: str, branch: str) -> pygit2.Commit | None:
    """The commit to build on; None in a repository that has no branch yet."""
    target = target_of(repository, reference)
    if target is not None:
        return repository[target].peel(pygit2.Commit)
    if not is_reference_name(reference) or any(repository.listall_branches()):
        raise RevisionNotFound(branch)
    return None


def _check_parent(head: pygit2.Commit | None, parent: str | None) -> None:
    if parent is None:
        return
    if head is None or len(parent) < _MIN_PARENT_DIGITS or not str(head.id).startswith(parent.lower()):
        raise Stale(_STALE)


def _made_by(
    repository: pygit2.Repository, head: pygit2.Commit, parent: str | None, changes: Sequence[Change], message: str
) -> bool:
    """Whether `head` is what this very request made before: its answer was lost, and the client asks again."""
    if len(head.parents) != 1 or head.message != message:
        return False
    base = head.parents[0]
    if parent is not None and not str(base.id).startswith(parent.lower()):
        return False
    try:
        return Plan(repository, base, changes).tree == str(head.tree_id)
    except DomainError:
        return False


def _move(repository: pygit2.Repository, reference: str, head: pygit2.Commit | None, sha: str) -> None:
    """Compare and swap. The lock already keeps the hub's writers apart; this also sees a git process without it."""
    try:
        if head is None:
            repository.references.create(reference, sha)
            return
        found = repository.lookup_reference(reference)
        if found.peel(pygit2.Commit).id != head.id:
            raise Stale(_STALE)
        found.set_target(sha)  # libgit2 compares with the target it read, under the ref's own lock
    except (pygit2.AlreadyExistsError, KeyError):
        raise Stale(_STALE) from None
