"""A card as HTML that may go into a page."""

import hashlib
from collections.abc import Callable

from django.core.cache import cache
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from models_app.cards import frontmatter
from models_app.cards.markdown import to_html
from models_app.cards.sanitizing import sanitize

MAX_BODY = 96 * 1024  # characters; the worst known text of this length takes about three seconds
MAX_HTML = 4 * 1024 * 1024  # characters
CACHE_SECONDS = 7 * 24 * 3600
_VERSION = 1  # raise it whenever the same text should give other HTML


def render_markdown(text: str, base_url: str) -> SafeString:
    """HTML of `text` without its front matter.

    Relative pictures are taken from `base_url` (``/alice/bear/resolve/main/docs/``), relative links from the same place
    under ``/blob/``. Text beyond `MAX_BODY` is left out, and a line at the end says so.
    """
    _source, body = frontmatter.split(text)
    html = sanitize(to_html(body[:MAX_BODY]), base_url)
    if len(html) > MAX_HTML:
        return _notice(_("This text is too intricate to be shown here: open the file itself."))
    shown: SafeString = mark_safe(html)  # noqa: S308 (sanitised above)
    if len(body) > MAX_BODY:
        shown += _notice(_("This text is longer than %d KiB: the rest is in the file itself.") % (MAX_BODY // 1024))
    return shown


def render_blob(oid: str, read: Callable[[], bytes], base_url: str) -> SafeString:
    """`render_markdown` of the git blob `oid`, remembered; `read` is called only when it has to be rendered."""
    parts = "\n".join([str(_VERSION), oid, base_url, get_language() or ""])
    key = f"card:{hashlib.sha256(parts.encode()).hexdigest()}"
    html = cache.get(key)
    if html is None:
        html = str(render_markdown(read().decode("utf-8", "replace"), base_url))
        cache.set(key, html, CACHE_SECONDS)
    return SafeString(html)


def _notice(sentence: str) -> SafeString:
    return format_html('<p class="alert alert--info">{}</p>', sentence)
