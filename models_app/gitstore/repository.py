"""A bare git repository of the hub: revisions, trees, history, branches and tags; `commits` writes them."""

import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path

import pygit2
from django.conf import settings
from pygit2.enums import AttrCheck, RepositoryInitFlag

from hub.core.errors import Invalid
from models_app.gitstore import (
    commits,
    copying,
    differences,
    history,
    incoming,
    large_files,
    libgit2,
    merging,
    references,
    rewriting,
)
from models_app.gitstore.differences import FileDiff
from models_app.gitstore.entries import entries_below, entry_at, folder_at
from models_app.gitstore.errors import RevisionNotFound
from models_app.gitstore.large_files import LargeFile
from models_app.gitstore.loose import ObjectWriter
from models_app.gitstore.merging import Merge
from models_app.gitstore.objects import (
    AddBlob,
    AddFile,
    AddPointer,
    Author,
    Change,
    Commit,
    CopyFile,
    DeleteFile,
    DeleteFolder,
    Entry,
    Pointer,
    Ref,
)

__all__ = [
    "DEFAULT_BRANCH",
    "AddBlob",
    "AddFile",
    "AddPointer",
    "Author",
    "Change",
    "Commit",
    "CopyFile",
    "DeleteFile",
    "DeleteFolder",
    "Entry",
    "FileDiff",
    "GitRepository",
    "LargeFile",
    "Merge",
    "Pointer",
    "Ref",
]

DEFAULT_BRANCH = "main"


class GitRepository:
    """One repository, opened for one request or task; not to be shared between threads."""

    def __init__(self, path: Path, *, more_objects: Path | None = None) -> None:
        """`more_objects` is a folder of objects that are not in the repository (yet)."""
        self.path = path
        self._git = pygit2.Repository(str(path))
        if more_objects is not None:
            self._git.odb.add_disk_alternate(str(more_objects))

    @staticmethod
    def path_of(storage_id: uuid.UUID) -> Path:
        name = str(storage_id)
        return Path(settings.GIT_DIR) / name[:2] / name[2:4] / f"{name}.git"

    @classmethod
    def create(cls, storage_id: uuid.UUID) -> "GitRepository":
        """An empty repository whose HEAD is the branch ``main``; calling it again changes nothing."""
        path = cls.path_of(storage_id)
        with libgit2.disk_full_is_a_refusal():
            pygit2.init_repository(
                str(path), flags=RepositoryInitFlag.BARE | RepositoryInitFlag.MKPATH, initial_head=DEFAULT_BRANCH
            )
        return cls(path)

    @classmethod
    def open(cls, storage_id: uuid.UUID) -> "GitRepository":
        return cls(cls.path_of(storage_id))

    @classmethod
    def delete(cls, storage_id: uuid.UUID) -> None:
        """Remove every byte. The folder is renamed first, so that a crash leaves it gone or whole."""
        path = cls.path_of(storage_id)
        condemned = path.with_suffix(f".deleted-{uuid.uuid4().hex}")
        if path.exists():
            path.rename(condemned)
        for leftover in path.parent.glob(f"{path.stem}.deleted-*"):
            shutil.rmtree(leftover)

    def resolve(self, revision: str) -> str:
        """The full sha of the commit that a branch, tag, ``refs/…`` or (abbreviated) sha names.

        Raises `RevisionNotFound`. git's wider revision language (``main~3``, ``:/text``) is not spoken.
        """
        return references.resolve(self._git, revision)

    def holds(self, sha: str) -> bool:
        """Whether the commit `sha` is (still) there: history can be rewritten."""
        return sha in self._git

    def entries(self, sha: str, path: str = "", *, recursive: bool = False) -> Iterator[Entry]:
        """What lies in the folder `path` at commit `sha`, in git's order; with `recursive`, everything below it too.

        A folder comes before its content. Raises `EntryNotFound` at once if `path` is not a folder there.
        """
        folder = folder_at(self._tree(sha), path)
        return entries_below(self._git, folder, path, recursive=recursive)

    def entry(self, sha: str, path: str) -> Entry:
        """The file or folder at `path`. Raises `EntryNotFound`."""
        return entry_at(self._git, self._tree(sha), path)

    def read(self, oid: str) -> bytes:
        """The content of the blob `oid` (for a large file: its pointer's text)."""
        return bytes(self._git.odb.read(oid)[1])

    def size(self, oid: str) -> int:
        """Bytes of the blob `oid`; 0 if it is not there, which a commit of it will say."""
        return int(self._git.odb.read_header(oid)[1]) if oid in self._git.odb else 0

    def attribute(self, sha: str, path: str, name: str) -> str | bool | None:
        """What the ``.gitattributes`` files of commit `sha` say of `path`, as ``git check-attr`` does.

        But for two kinds of line that nobody writes: libgit2 takes ``"quoted patterns"`` literally and ``!patterns``,
        which git ignores, for their negation. The answer is a text, True (set), False (unset) or None (nothing said).
        `path` must have passed `rules.check_path`.
        """
        flags = AttrCheck.INCLUDE_COMMIT | AttrCheck.NO_SYSTEM
        return self._git.get_attr(path, name, flags, sha)

    def write_blob(self, content: bytes) -> str:
        """Store a small file and return its oid for `AddBlob`, so that a big commit need not lie in memory.

        Until a commit names it, the blob is invisible, and git's own garbage collection may remove it.
        """
        with libgit2.disk_full_is_a_refusal():
            return ObjectWriter(self._git).write("blob", content)

    def history(
        self, sha: str, skip: int = 0, limit: int = 50, path: str = "", *, without: str | None = None
    ) -> list[Commit]:
        """`limit` commits from `sha` backwards, newest first, but the first `skip` and those that lead to `without`.

        With `path` only those that changed the file or folder there.
        """
        walk = history.walk_path(self._git, sha, path) if path else history.walk(self._git, sha, without)
        return [history.commit_value(commit) for commit in islice(walk, skip, skip + limit)]

    def files_brought(self, tip: str, known: Iterable[str]) -> Iterator[Entry]:
        """The files that came with the commits of `tip` which are not behind `known`; see `history.files_brought`."""
        return history.files_brought(self._git, tip, known)

    def count_history(self, sha: str) -> int:
        """How many commits lead to `sha`, itself included."""
        return sum(1 for _ in history.walk(self._git, sha))

    def last_commits(self, sha: str, paths: Iterable[str]) -> dict[str, Commit]:
        """For each path that exists at `sha`, the newest commit that changed it."""
        return history.last_commits(self._git, sha, paths)

    def diff(self, sha: str, *, max_files: int, max_bytes: int) -> tuple[int, list[FileDiff]]:
        """How many files commit `sha` changed, and the first `max_files` changes, lines up to `max_bytes` a side."""
        base = differences.parent_of(self._git, sha)
        return self.compare(base, sha, max_files=max_files, max_bytes=max_bytes)

    def compare(self, base: str | None, sha: str, *, max_files: int, max_bytes: int) -> tuple[int, list[FileDiff]]:
        """Like `diff`, between any two commits; without a `base` everything is new."""
        return differences.diff_of(self._git, base, sha, max_files=max_files, max_bytes=max_bytes)

    def patch(self, base: str | None, sha: str, *, max_bytes: int) -> str:
        """The same as ``git diff`` writes it, ended after the file with which it grew beyond `max_bytes`."""
        return differences.patch_of(self._git, base, sha, max_bytes=max_bytes)

    def merge_base(self, one: str, other: str) -> str | None:
        """The sha of the newest commit that both lead back to; None if there is none."""
        return merging.merge_base(self._git, one, other)

    def plan_merge(self, ours: str, theirs: str) -> Merge:
        """What brings commit `theirs` into commit `ours`: for `commit`, with `theirs` as `merged`, or for `advance`.

        Files that only one side changed are taken as they are; lines of text files are merged like git does it.
        """
        return merging.plan_merge(self._git, ours, theirs)

    def new_files(self, tips: Sequence[str], *, aside: str = "") -> Iterator[Entry]:
        """The files that the commits `tips` would bring to the repository; see `incoming.new_files`."""
        return incoming.new_files(self._git, tips, aside=aside)

    def branches(self) -> list[Ref]:
        return references.listed(self._git, "refs/heads/")

    def tags(self) -> list[Ref]:
        return references.listed(self._git, "refs/tags/")

    def refs(self, prefix: str) -> list[Ref]:
        """References below `prefix`, which ends with a slash (``refs/pr/``); their names go without it."""
        return references.listed(self._git, prefix)

    def large_files(self, prefix: str = "refs/") -> Iterator[LargeFile]:
        """Each large file that references below `prefix` lead to, also by commits in the past; see `large_files`."""
        return large_files.large_files(self._git, prefix)

    def create_branch(self, name: str, start: str) -> None:
        """Raises `RevisionNotFound` for `start`, `ReferenceExists`, `Invalid` for a bad name."""
        references.create(self._git, f"refs/heads/{name}", self.resolve(start))

    def delete_branch(self, name: str) -> str:
        """The commit it led to. Raises `RevisionNotFound`, and `Invalid` for the default branch."""
        if name == DEFAULT_BRANCH:
            raise Invalid(f"Cannot delete refs/heads/{name}")
        return references.delete(self._git, f"refs/heads/{name}")

    def put_reference(self, reference: str, target: str) -> None:
        """Point ``refs/…`` at the commit `target`, new or not. For references that only the hub writes."""
        references.put(self._git, reference, target)

    def delete_reference(self, reference: str) -> None:
        """Raises `RevisionNotFound`."""
        references.delete(self._git, reference)

    def adopt(self, prefix: str) -> None:
        """Put the references below `prefix` in their places; see `references.adopt`."""
        references.adopt(self._git, prefix)

    def create_tag(self, name: str, target: str, *, message: str = "", author: Author | None = None) -> None:
        """An annotated tag if there is a message and an author, else a plain one. Errors as for `create_branch`."""
        references.create_tag(self._git, name, self.resolve(target), message=message, author=author)

    def delete_tag(self, name: str) -> str:
        """The commit it led to. Raises `RevisionNotFound`."""
        return references.delete(self._git, f"refs/tags/{name}")

    def advance(self, *, branch: str, parent: str, target: str) -> None:
        """Move `branch` from `parent` to its descendant `target`. Raises `Stale` if it is not at `parent`."""
        commits.advance(self._git, branch=branch, parent=parent, target=target)

    def commit(  # noqa: PLR0913 (a commit has these parts, all by keyword)
        self,
        *,
        branch: str,
        parent: str | None,
        changes: Sequence[Change],
        author: Author,
        message: str,
        merged: str | None = None,
    ) -> str:
        """Apply `changes` in order on top of `branch` and return the head's sha; all of them or none.

        `branch` is a branch's name or a full ``refs/…``; the first commit of an empty repository makes its branch.
        With `parent` (a full sha, or at least 7 digits of one) the branch must still be there: else `Stale`.
        A repeated request, or one that changes nothing, makes no second commit. `merged` becomes a second parent.
        Raises `RevisionNotFound`, `EntryNotFound`, `PathRefused`, `Stale`, `StorageFull`; then nothing has changed.
        """
        return commits.commit(
            self._git,
            branch=branch,
            parent=parent,
            changes=changes,
            author=author,
            message=message,
            merged=merged,
        )

    def squash(self, *, branch: str, author: Author, message: str) -> str:
        """Make `branch` (a name or a full ``refs/…``) one commit without a past that holds its files; its sha.

        Raises `RevisionNotFound`, `StorageFull`. A repeated request makes no second commit.
        """
        return commits.squash(self._git, branch=branch, author=author, message=message)

    def forget(self, oids: AbstractSet[str]) -> None:
        """Rewrite every branch, tag and other reference as if the blobs `oids` had never been committed."""
        rewriting.forget(self._git, oids)

    def copy_from(self, other: "GitRepository") -> None:
        """Bring every branch and tag of `other` into this empty repository, with what they lead to and nothing else."""
        copying.copy_references(other._git, self._git, ["refs/heads/", "refs/tags/"])  # noqa: SLF001 (its own class)

    def _tree(self, sha: str) -> pygit2.Tree:
        try:
            return self._git[sha].peel(pygit2.Tree)
        except (KeyError, ValueError, pygit2.InvalidSpecError):
            raise RevisionNotFound(sha) from None
