"""What each edit of a comment changed, line by line."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from community.discussions.models import CommentVersion, Event

MAX_LINES = 400  # of one version: comparing takes the square of it


@dataclass(frozen=True)
class Line:
    """`sign`: "+" for what is new, "-" for what is gone, "" for what stayed."""

    sign: str
    text: str


@dataclass(frozen=True)
class Revision:
    """`lines` are None where a version is too long to be compared."""

    number: int
    version: CommentVersion
    lines: list[Line] | None


def revisions_of(comment: Event) -> list[Revision]:
    """Newest first; the last one is how the comment began. Nothing of a hidden comment."""
    versions = list(comment.versions.select_related("author")) if not comment.hidden else []
    if not versions:
        return []
    first = [Line("", line) for line in versions[0].text.splitlines()]
    changed = [difference(before.text, after.text) for before, after in pairwise(versions)]
    numbered = zip(versions, [first, *changed], strict=True)
    return [Revision(number, version, lines) for number, (version, lines) in enumerate(numbered, start=1)][::-1]


def difference(before: str, after: str) -> list[Line] | None:
    """The lines of both texts in order; None if there are too many."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MAX_LINES:
        return None
    lines: list[Line] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line("", line) for line in old[start:end]]
        else:
            lines += [Line("-", line) for line in old[start:end]]
            lines += [Line("+", line) for line in new[new_start:new_end]]
    return lines
