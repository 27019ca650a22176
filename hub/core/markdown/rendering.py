"""Markdown of strangers as HTML that may go into a page."""

import hashlib
import json
from collections.abc import Callable, Mapping
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
    return remembered(_identity(text, names), base, lambda: render(text, base, names))


def render_each(texts: Mapping[int, tuple[str, frozenset[str]]], base: Base) -> dict[int, SafeString]:
    """`render_once` of many, each with the names that it mentions: two questions to the cache in all."""
    keys = {number: _key(_identity(*text), base) for number, text in texts.items()}
    known = cache.get_many(keys.values())
    missing = {key: texts[number] for number, key in keys.items() if key not in known}
    made = {key: str(render(text, base, names)) for key, (text, names) in missing.items()}
    if made:
        cache.set_many(made, CACHE_SECONDS)
    html = known | made
    return {number: SafeString(html[key]) for number, key in keys.items()}


def remembered(identity: str, base: Base, make: Callable[[], SafeString]) -> SafeString:
    """What `make` gave for the text that `identity` names; it is called only when it has to be."""
    key = _key(identity, base)
    html = cache.get(key)
    if html is None:
        html = str(make())
        cache.set(key, html, CACHE_SECONDS)
    return SafeString(html)


def _identity(text: str, names: frozenset[str]) -> str:
    """One string for one text and one set of names."""
    return json.dumps([text, *sorted(names)])


def _key(identity: str, base: Base) -> str:
    parts = "\n".join([str(_VERSION), base.media, base.links, get_language() or "", identity])
    return f"markdown:{hashlib.sha256(parts.encode(errors='replace')).hexdigest()}"


def _notice(sentence: str) -> SafeString:
    return format_html('<p class="alert alert--info">{}</p>', sentence)
