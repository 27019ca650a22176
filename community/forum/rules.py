"""Names of categories, and the first ones."""

import re

from django.utils.translation import gettext_noop

SLUG_MAX_LENGTH = 40
NAME_MAX_LENGTH = 60
DESCRIPTION_MAX_LENGTH = 200

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = {"new", "edit", "feed"}  # what lies at these addresses below /forum, or may come to


def is_slug(text: str) -> bool:
    """Whether a category can lie at ``/forum/<text>``."""
    return len(text) <= SLUG_MAX_LENGTH and text not in _RESERVED and _SLUG.fullmatch(text) is not None


# (address, name, what belongs there) of the rooms that a new hub has.
FIRST = [
    ("general", gettext_noop("General"), gettext_noop("Everything about open models that fits nowhere else.")),
    ("help", gettext_noop("Help"), gettext_noop("Ask how something is done; who knows answers.")),
    ("show-and-tell", gettext_noop("Show and tell"), gettext_noop("What you made, and how.")),
    ("governance", gettext_noop("Governance"), gettext_noop("Ideas for rules, before they become proposals.")),
    ("meta", gettext_noop("Meta"), gettext_noop("This hub itself: faults, wishes, news.")),
]
