"""Commits: one as a value, what some brought, and which one last changed each path."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import pygit2
from pygit2.enums import FileMode, SortMode

from models_app.gitstore.entries import file_entry
from models_app.gitstore.objects import Commit, Entry


def commit_value(commit: pygit2.Commit) -> Commit:
    title, _, rest = commit.message.partition("\n")
    return Commit(
        sha=str(commit.id),
        title=title.strip(),
        message=rest.strip(),
        date=datetime.fromtimestamp(commit.author.time, tz=UTC),
        author_name=commit.author.name,
        author_email=commit.author.email,
        parents=tuple(str(parent) for parent in commit.parent_ids),
    )


def walk(repository: pygit2.Repository, sha: str, without: str | None = None) -> Iterator[pygit2.Commit]:
    """`sha` and its ancestors, newest first, as ``git log`` orders them; read as they are asked for.

    Those that lead to the commit `without` too are left out.
    """
    walker = repository.walk(sha, SortMode.NONE)
    if without is not None:
        walker.hide(pygit2.Oid(hex=without))
    return walker


def walk_path(repository: pygit2.Repository, sha: str, path: str) -> Iterator[pygit2.Commit]:
    """Those of `walk` that changed `path`, a file or a folder: its entry differs from that of every parent."""
    for commit in walk(repository, sha):
        own = _id_at(commit.tree, path)
        parents = [_id_at(parent.tree, path) for parent in commit.parents]
        if all(own != theirs for theirs in parents or [None]):
            yield commit


def files_brought(repository: pygit2.Repository, tip: str, known: Iterable[str]) -> Iterator[Entry]:
    """Every file of the commits that `tip` leads to, and none of the commits `known`, which lies in none of their
    parents like that: also what a later one of them takes away. A path comes as often as it was changed.
    """
    walker = repository.walk(tip, SortMode.NONE)
    for sha in known:
        if sha in repository:  # history can be rewritten
            walker.hide(pygit2.Oid(hex=sha))
    for commit in walker:
        yield from _changed_files(repository, commit.tree, [parent.tree for parent in commit.parents], "")


def _changed_files(
    repository: pygit2.Repository, folder: pygit2.Tree, before: Sequence[pygit2.Tree], path: str
) -> Iterator[Entry]:
    """The files below `folder` but for those that a folder of `before`, which lay in its place, has as they are."""
    for item in folder:
        name = (item.raw_name or b"").decode(errors="replace")
        theirs = [other[name] for other in before if name in other]
        if item.filemode == FileMode.COMMIT or any(their.id == item.id for their in theirs):
            continue
        if isinstance(item, pygit2.Tree):
            folders = [their for their in theirs if isinstance(their, pygit2.Tree)]
            yield from _changed_files(repository, item, folders, f"{path}{name}/")
        else:
            yield file_entry(repository, str(item.id), path + name)


def last_commits(repository: pygit2.Repository, sha: str, paths: Iterable[str]) -> dict[str, Commit]:
    """For each of `paths` that exists at `sha`, the newest commit whose entry there differs from all its parents'.

    Whole folders are compared first, so a commit that did not touch a folder costs one look-up for all its paths.
    """
    waiting: defaultdict[str, set[str]] = defaultdict(set)
    tree = repository[sha].peel(pygit2.Tree)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if _id_at(_folder_at(tree, folder), name) is not None:
            waiting[folder].add(name)
    found: dict[str, Commit] = {}
    for commit in walk(repository, sha):
        if not waiting:
            break
        parents = [parent.tree for parent in commit.parents]
        for folder in list(waiting):
            changed = _changed_names(commit.tree, parents, folder, waiting[folder])
            found |= {f"{folder}/{name}" if folder else name: commit_value(commit) for name in changed}
            waiting[folder] -= changed
            if not waiting[folder]:
                del waiting[folder]
    return found


def _changed_names(tree: pygit2.Tree, parents: list[pygit2.Tree], folder: str, names: set[str]) -> set[str]:
    here = _folder_at(tree, folder)
    theirs = [_folder_at(parent, folder) for parent in parents]
    if here is None or any(their is not None and their.id == here.id for their in theirs):
        return set()
    return {
        name
        for name in names
        if (own := _id_at(here, name)) is not None and all(_id_at(their, name) != own for their in theirs)
    }


def _folder_at(tree: pygit2.Tree, folder: str) -> pygit2.Tree | None:
    if not folder:
        return tree
    try:
        entry = tree[folder]
    except KeyError:
        return None
    return entry if isinstance(entry, pygit2.Tree) else None


def _id_at(folder: pygit2.Tree | None, name: str) -> pygit2.Oid | None:
    try:
        return folder[name].id if folder is not None else None
    except KeyError:
        return None
