"""How collections are called and addressed, and what they may hold."""

import re

from django.utils.text import slugify

MAX_TITLE, MAX_DESCRIPTION, MAX_NOTE = 100, 150, 500  # characters; the last two are what clients promise
MAX_ITEMS = 500
LARGEST_ID = 2**63 - 1
LARGEST_POSITION = 2**31 - 1
_ID = re.compile(r"(?:.*-)?([0-9a-f]{24})", re.ASCII | re.DOTALL)


def hex_id(row_id: int) -> str:
    """The 24 hex digits by which clients know a row."""
    return f"{row_id:024x}"


def slug_of(title: str, row_id: int) -> str:
    """``my-models-00000000000000000000002a``: words for people, then the id that alone identifies."""
    return f"{slugify(title)[:60].strip('-') or 'collection'}-{hex_id(row_id)}"


def id_in(slug: str) -> int | None:
    """The row's id at the end of a slug, however old its words are; None where there is none."""
    match = _ID.fullmatch(slug)
    row_id = int(match[1], 16) if match else 0
    return row_id if 0 < row_id <= LARGEST_ID else None
