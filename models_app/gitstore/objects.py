"""What git storage hands out and takes in: plain values, no libgit2 object leaves the slice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Pointer:
    """A large file's content: its sha256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """A file or folder of a commit.

    `oid` is git's own id: of the pointer's text for a large file. `size` is in bytes, 0 for a folder.
    """

    path: str
    kind: Literal["file", "directory"]
    oid: str
    size: int
    lfs: Pointer | None = None


@dataclass(frozen=True)
class Author:
    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    """`title` is the first line, `message` the rest; `date` is the author's, in UTC."""

    sha: str
    title: str
    message: str
    date: datetime
    author_name: str
    author_email: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Ref:
    """`name` as people say it (``main``), `ref` in full (``refs/heads/main``), `target` the sha of its commit."""

    name: str
    ref: str
    target: str


@dataclass(frozen=True)
class AddFile:
    """Put a small file at `path`, over what is there."""

    path: str
    content: bytes


@dataclass(frozen=True)
class AddBlob:
    """Put at `path` a small file that `GitRepository.write_blob` has stored before, or that another commit holds.

    `mode` is git's; None keeps what the file has there, and makes a plain one of a new one.
    """

    path: str
    oid: str
    mode: int | None = None


@dataclass(frozen=True)
class AddPointer:
    """Put a large file at `path`: the commit holds its LFS pointer."""

    path: str
    pointer: Pointer


@dataclass(frozen=True)
class CopyFile:
    """Put at `path` what lies at `source_path` in commit `source_sha` of the same repository."""

    path: str
    source_path: str
    source_sha: str


@dataclass(frozen=True)
class DeleteFile:
    """Take away the file at `path`, or the folder: clients send both this way."""

    path: str


@dataclass(frozen=True)
class DeleteFolder:
    path: str


Change = AddFile | AddBlob | AddPointer | CopyFile | DeleteFile | DeleteFolder
