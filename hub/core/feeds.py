"""Atom feeds (RFC 4287) of public lists. Nobody signs in to read a feed: put in what everybody may see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language

from hub.core.caching import unless_known
from hub.core.paths import public_url

LENGTH = 50  # entries: a reader that comes once a day misses nothing of a lively list
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SECONDS = 300  # how long a reader or proxy may keep it


@dataclass(frozen=True)
class Entry:
    """`address` is a path of this site that stays the same for ever: readers know an entry by it. `html` is safe."""

    title: str
    address: str
    updated: datetime
    author: str = ""
    html: str = ""
    published: datetime | None = None


def atom(request: HttpRequest, *, title: str, address: str, entries: Sequence[Entry]) -> HttpResponse:
    """The feed of the list at the path `address`, newest entry first; 304 for a reader that has it already."""
    feed = Atom1Feed(
        title=title,
        link=public_url(address),
        description=None,
        language=get_language() or "en",
        feed_url=public_url(request.get_full_path()),
        feed_guid=public_url(request.path),
    )
    for entry in entries:
        feed.add_item(
            title=_NOT_XML.sub("", entry.title),
            link=public_url(entry.address),
            description=_NOT_XML.sub("", entry.html),
            author_name=entry.author or None,
            unique_id=public_url(entry.address),
            updateddate=entry.updated,
            pubdate=entry.published or entry.updated,
        )
    text = StringIO()
    feed.write(text, "utf-8")
    body = text.getvalue().encode()
    response = HttpResponse(
        body, content_type=feed.content_type, headers={"Cache-Control": f"public, max-age={_SECONDS}"}
    )
    # By its content, for a list also changes when something is taken out of it.
    return unless_known(request, response)
