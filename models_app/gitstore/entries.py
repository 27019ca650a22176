"""Files and folders of a commit."""

from collections.abc import Iterator

import pygit2
from pygit2.enums import FileMode, ObjectType

from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.objects import Entry
from models_app.gitstore.pointers import MAX_BYTES, MIN_BYTES, parse_pointer
from models_app.gitstore.rules import shown


def folder_at(root: pygit2.Tree, path: str) -> pygit2.Tree:
    """The tree at `path` (`root` for the empty path). Raises `EntryNotFound`."""
    if not path:
        return root
    found = _object_at(root, path)
    if not isinstance(found, pygit2.Tree):
        raise EntryNotFound(f"{shown(path)} is not a folder of this revision.")
    return found


def entry_at(repository: pygit2.Repository, root: pygit2.Tree, path: str) -> Entry:
    return _entry(repository, _object_at(root, path), path)


def entries_below(repository: pygit2.Repository, folder: pygit2.Tree, path: str, *, recursive: bool) -> Iterator[Entry]:
    """Entries of `folder`, whose own path is `path`, depth first. Submodules are left out: nothing of them is here."""
    prefix = f"{path}/" if path else ""
    for item in folder:
        if item.filemode == FileMode.COMMIT:
            continue
        entry = _entry(repository, item, prefix + (item.raw_name or b"").decode(errors="replace"))
        yield entry
        if recursive and isinstance(item, pygit2.Tree):
            yield from entries_below(repository, item, entry.path, recursive=True)


def _object_at(root: pygit2.Tree, path: str) -> pygit2.Object:
    try:
        found = root[path.removesuffix("/")]
    except (KeyError, ValueError, TypeError):
        found = None
    if found is None or found.filemode == FileMode.COMMIT:
        raise EntryNotFound(f"{shown(path)} does not exist in this revision.")
    return found


def _entry(repository: pygit2.Repository, item: pygit2.Object, path: str) -> Entry:
    if item.type == ObjectType.TREE:
        return Entry(path, "directory", str(item.id), 0)
    return file_entry(repository, str(item.id), path)


def file_entry(repository: pygit2.Repository, oid: str, path: str) -> Entry:
    """The blob `oid` as a file at `path`."""
    _, size = repository.odb.read_header(oid)
    pointer = parse_pointer(repository.odb.read(oid)[1]) if MIN_BYTES <= size <= MAX_BYTES else None
    return Entry(path, "file", oid, pointer.size if pointer else size, pointer)
