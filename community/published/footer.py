"""What every page says of published pages. No page fails or waits for it: each process looks once a minute."""

import time

from community.published.queries import page_at
from community.published.rules import CODE_OF_CONDUCT

SECONDS = 60.0
_known: list[tuple[float, str]] = []  # at most one: when a title was known, and the title


def code_of_conduct() -> str:
    """The title of the code of conduct, "" without one; up to a minute old."""
    if not _known or time.monotonic() - _known[0][0] > SECONDS:
        page = page_at(CODE_OF_CONDUCT)
        know(page.title if page is not None else "")
    return _known[0][1]


def know(title: str) -> None:
    _known[:] = [(time.monotonic(), title)]


def forget() -> None:
    _known.clear()
