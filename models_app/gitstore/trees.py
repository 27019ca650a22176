"""Changes of a tree, planned in memory: nothing is written before everything has been checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models_app.gitstore.errors import EntryNotFound, PathRefused
from models_app.gitstore.loose import object_id
from models_app.gitstore.rules import check_path, shown

FOLDER_MODE = 0o40000
FILE_MODE = 0o100644
EXECUTABLE_MODE = 0o100755
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

ReadTree = Callable[[str], bytes]


@dataclass(frozen=True)
class Leaf:
    """An entry that is left as it is: a file, or a folder that no change has entered."""

    mode: int
    oid: str


@dataclass
class Folder:
    entries: dict[bytes, "Folder | Leaf"] = field(default_factory=dict)


def parse_tree(content: bytes) -> dict[bytes, Leaf]:
    """The entries of a raw git tree: ``mode SP name NUL 20-byte-id`` one after the other."""
    entries: dict[bytes, Leaf] = {}
    position = 0
    while position < len(content):
        space = content.index(b" ", position)
        end = content.index(b"\0", space)
        entries[content[space + 1 : end]] = Leaf(int(content[position:space], 8), content[end + 1 : end + 21].hex())
        position = end + 21
    return entries


def tree_text(rows: Iterable[tuple[int, bytes, str]]) -> bytes:
    """A raw git tree of (mode, name, id) in git's order."""
    return b"".join(b"%o %b\0%b" % (mode, name, bytes.fromhex(oid)) for mode, name, oid in rows)


class TreeEditor:
    """A tree plus changes. `objects` are the git trees that `root` needs beside the ones there already."""

    def __init__(self, read_tree: ReadTree, base: str | None) -> None:
        self._read_tree = read_tree
        self._root = _opened(read_tree(base)) if base else Folder()

    def put(self, path: str, oid: str, mode: int | None = None) -> None:
        """Put the blob `oid` at `path`; without `mode` an existing file keeps its executable bit.

        Raises `PathRefused` when the path is bad, is a folder, or leads through a file.
        """
        check_path(path)
        *parents, name = path.encode().split(b"/")
        folder = self._root
        for depth, parent in enumerate(parents):
            below = self._enter(folder, parent)
            if below is None:
                if parent in folder.entries:
                    taken = "/".join(path.split("/")[: depth + 1])
                    raise PathRefused(f"'{taken}' is a file, so '{path}' cannot lie below it.")
                below = folder.entries[parent] = Folder()
            folder = below
        old = folder.entries.get(name)
        if isinstance(old, Folder) or (old is not None and old.mode == FOLDER_MODE):
            raise PathRefused(f"'{path}' is a folder: delete it before you put a file there.")
        if mode is None:
            mode = EXECUTABLE_MODE if old is not None and old.mode == EXECUTABLE_MODE else FILE_MODE
        folder.entries[name] = Leaf(mode, oid)

    def delete(self, path: str, *, folder_only: bool = False) -> None:
        """Take away the file or folder at `path` (``/`` at its end allowed). Raises `EntryNotFound`."""
        *parents, name = path.removesuffix("/").encode(errors="surrogatepass").split(b"/")
        trail: list[tuple[Folder, bytes]] = []
        folder = self._root
        for parent in parents:
            trail.append((folder, parent))
            folder = self._enter(folder, parent) or Folder()
        if name not in folder.entries or (folder_only and self._enter(folder, name) is None):
            raise EntryNotFound(f"A file with this name doesn't exist: {shown(path)}")
        del folder.entries[name]
        for above, parent in reversed(trail):
            if folder.entries:
                break
            del above.entries[parent]  # git knows no empty folders
            folder = above

    def _enter(self, folder: Folder, name: bytes) -> Folder | None:
        """The folder `name` inside `folder`, read on first need; None if it is absent or a file."""
        entry = folder.entries.get(name)
        if isinstance(entry, Leaf) and entry.mode == FOLDER_MODE:
            entry = folder.entries[name] = _opened(self._read_tree(entry.oid))
        return entry if isinstance(entry, Folder) else None

    def build(self) -> tuple[str, list[bytes]]:
        """The id of the root tree, and every tree object on the way that a change touched, children first."""
        objects: list[bytes] = []
        return self._build(self._root, objects), objects

    def _build(self, folder: Folder, objects: list[bytes]) -> str:
        rows = []
        for name, entry in folder.entries.items():
            if isinstance(entry, Folder):
                rows.append((name + b"/", (FOLDER_MODE, name, self._build(entry, objects))))
            else:
                key = name + b"/" if entry.mode == FOLDER_MODE else name  # git sorts folders as if they ended in "/"
                rows.append((key, (entry.mode, name, entry.oid)))
        rows.sort()
        content = tree_text(row for _, row in rows)
        objects.append(content)
        return object_id("tree", content)


def _opened(content: bytes) -> Folder:
    return Folder(dict(parse_tree(content)))
