"""The names of pull requests' references."""

import re

from community.discussions.rules import TITLE_MAX_LENGTH, is_title, one_line

_REFERENCE = re.compile(r"refs/pr/([1-9][0-9]{0,8})")


def number_of(revision: str) -> int | None:
    """7 for ``refs/pr/7``; None for every other revision."""
    match = _REFERENCE.fullmatch(revision)
    return int(match[1]) if match else None


def title_from(summary: str) -> str:
    """The title of a pull request whose first commit says `summary`."""
    title = one_line(summary)[:TITLE_MAX_LENGTH].strip()
    return title if is_title(title) else f"Change: {title}"[:TITLE_MAX_LENGTH]
