"""Markdown of strangers as HTML that may go into a page."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.core.markdown.converting import to_html
from hub.core.markdown.sanitizing import sanitize

MAX_BODY = 96 * 1024  # characters; the worst known text of this length takes about three seconds
MAX_HTML = 4 * 1024 * 1024  # characters
CACHE_SECONDS = 7 * 24 * 3600
_VERSION = 1  # raise it whenever the same text should give other HTML


@dataclass(frozen=True)
class Base:
    """From where relative addresses in a text lead: those of pictures and sounds, and those of links."""

    media: str
    links: str


def render(text: str, base: Base, names: frozenset[str] = frozenset()) -> SafeString:
    """HTML of `text`. What is beyond `MAX_BODY` is left out, and a line at the end says so.

    Mentions of `names` (in lower case) are links.
    """
    html = sanitize(to_html(text[:MAX_BODY], names), media=base.media, links=base.links)
    if len(html) > MAX_HTML:
        return _notice(_("This text is too intricate to be shown here: open the file itself."))
    shown: SafeString = mark_safe(html)  # noqa: S308 (sanitised above)
    if len(text) > MAX_BODY:
        shown += _notice(_("This text is longer than %d KiB: the rest is in the file itself.") % (MAX_BODY // 1024))
    return shown


def render_once(text: str, base: Base, names: frozenset[str] = frozenset()) -> SafeString:
    """`render`, remembered."""
    identity = json.dumps([text, *sorted(names)])  # one string for one text and one set of names
    return remembered(identity, base, lambda: render(text, base, names))


def remembered(identity: str, base: Base, make: Callable[[], SafeString]) -> SafeString:
    """What `make` gave for the text that `identity` names; it is called only when it has to be."""
    parts = "\n".join([str(_VERSION), base.media, base.links, get_language() or "", identity])
    key = f"markdown:{hashlib.sha256(parts.encode(errors='replace')).hexdigest()}"
    html = cache.get(key)
    if html is None:
        html = str(make())
        cache.set(key, html, CACHE_SECONDS)
    return SafeString(html)


def _notice(sentence: str) -> SafeString:
    return format_html('<p class="alert alert--info">{}</p>', sentence)
