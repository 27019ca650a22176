"""What else must happen when a repository changes, registered by slices that `repos` may not import."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from models_app.repos.models import Repo

What = Literal["created", "settings", "moved", "content", "deleted"]


@dataclass(frozen=True)
class RefUpdate:
    """A reference by its full name, and the commits it led to; None where it was not there."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class RepoChange:
    """`content` comes with the references that moved; `moved` with the full id of before."""

    what: What
    repo: Repo
    refs: tuple[RefUpdate, ...] = ()
    moved_from: str = ""


Handler = Callable[[RepoChange], None]
_handlers: list[Handler] = []


def register(handler: Handler) -> None:
    """Call `handler(change)` for every change, inside its transaction; for a deletion, while the row is still there."""
    if handler not in _handlers:
        _handlers.append(handler)


def repo_changed(change: RepoChange) -> None:
    for handler in _handlers:
        handler(change)


def ref_moved(repo: Repo, ref: str, old: str | None, new: str | None) -> None:
    """`repo_changed` for one reference, if it did move."""
    if old != new:
        repo_changed(RepoChange("content", repo, (RefUpdate(ref, old, new),)))
