"""A spot in a repo: a revision and a path, as the pages that browse it show them."""

from dataclasses import dataclass

from hub.core.paths import decode_segment
from models_app.gitstore.repository import GitRepository, Ref


@dataclass(frozen=True)
class Crumb:
    """One folder on the way down; `path` leads from the root of the repo to it."""

    name: str
    path: str


@dataclass(frozen=True)
class Place:
    """`revision` as the address names it and `sha`, the commit it means."""

    revision: str
    sha: str
    path: str
    branches: list[Ref]
    tags: list[Ref]

    @property
    def crumbs(self) -> list[Crumb]:
        parts = self.path.split("/") if self.path else []
        return [Crumb(name, "/".join(parts[: depth + 1])) for depth, name in enumerate(parts)]

    @property
    def on_branch(self) -> bool:
        return any(branch.name == self.revision for branch in self.branches)

    @property
    def label(self) -> str:
        """The revision as a person reads it: a branch's or tag's name, else the first digits of the sha."""
        named = self.on_branch or any(tag.name == self.revision for tag in self.tags)
        return self.revision if named or self.revision.startswith("refs/") else self.sha[:8]


def find_place(git: GitRepository, revision_segment: str, path: str = "") -> Place:
    """The place that an address names, ``%2F`` in its revision decoded. Raises `RevisionNotFound`."""
    revision = decode_segment(revision_segment)
    return Place(revision, git.resolve(revision), path.strip("/"), git.branches(), git.tags())
