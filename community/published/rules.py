"""Where published pages may lie."""

import re

SLUG_MAX_LENGTH = 60
CODE_OF_CONDUCT = "code-of-conduct"

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_slug(text: str) -> bool:
    """Whether a page can lie at ``/pages/<text>``."""
    return len(text) <= SLUG_MAX_LENGTH and _SLUG.fullmatch(text) is not None
