"""The other end of a push: a clone with the real git, and the bytes that its ``git push`` would send."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

NOTHING = "0" * 40


@dataclass(frozen=True)
class Sender:
    """A clone of the repository at `origin` in `folder`."""

    origin: Path
    folder: Path

    def __post_init__(self) -> None:
        subprocess.run(["git", "clone", "--quiet", self.origin, self.folder], check=True)

    def git(self, *arguments: str, content: bytes = b"") -> bytes:
        identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"]
        command = ["git", "-C", str(self.folder), *identity, *arguments]
        return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout

    def commit(self, files: dict[str, bytes], message: str = "Change") -> str:
        for path, content in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").decode().strip()

    def tree(self, entries: list[tuple[str, str, str, str]]) -> str:
        """A tree object of (mode, kind, oid, name), whatever it means."""
        lines = "".join(f"{mode} {kind} {oid}\t{name}\0" for mode, kind, oid, name in entries)
        return self.git("mktree", "-z", "--missing", content=lines.encode()).decode().strip()

    def commit_of(self, tree: str) -> str:
        """A commit of `tree` on top of main."""
        return self.git("commit-tree", tree, "-p", "origin/main", "-m", "Tree").decode().strip()

    def body(self, *updates: tuple[str, str | None, str | None]) -> bytes:
        """A push of (reference, old, new) with the objects that the origin lacks."""
        lines = [f"{old or NOTHING} {new or NOTHING} {reference}" for reference, old, new in updates]
        packets = [lines[0] + "\0 report-status side-band-64k agent=test", *lines[1:]]
        head = b"".join(f"{len(line) + 4:04x}{line}".encode() for line in packets) + b"0000"
        tips = [new for _, _, new in updates if new]
        if not tips:
            return head
        wanted = "\n".join([*tips, "^origin/main", ""])
        return head + self.git("pack-objects", "--revs", "--stdout", "--quiet", content=wanted.encode())
