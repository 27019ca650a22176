"""Where a repo's card lies."""

from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.repository import Entry, GitRepository

CARD = "README.md"
MAX_CARD = 1024 * 1024  # bytes


def card_entry(git: GitRepository, sha: str) -> Entry | None:
    """The card at commit `sha`; None where there is none that can be shown."""
    try:
        entry = git.entry(sha, CARD)
    except EntryNotFound:
        return None
    return entry if entry.kind == "file" and entry.lfs is None and entry.size <= MAX_CARD else None
