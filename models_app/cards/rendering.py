"""A card as HTML that may go into a page."""

import re
from collections.abc import Callable

from django.utils.safestring import SafeString

from hub.core.markdown.rendering import Base, remembered, render
from models_app.cards import frontmatter

_RESOLVE = re.compile(r"((?:/datasets|/spaces)?/[^/]+/[^/]+)/resolve/")


def base_of(folder: str) -> Base:
    """Relative pictures are taken from `folder` (``/alice/bear/resolve/main/docs/``), as they are fetched from there;
    relative links from the same place under ``/blob/``, where the hub shows files.
    """
    return Base(media=folder, links=_RESOLVE.sub(r"\1/blob/", folder, count=1))


def render_markdown(text: str, folder: str) -> SafeString:
    """HTML of `text` without its front matter; see `base_of` for `folder`."""
    _source, body = frontmatter.split(text)
    return render(body, base_of(folder))


def render_blob(oid: str, read: Callable[[], bytes], folder: str) -> SafeString:
    """`render_markdown` of the git blob `oid`, remembered; `read` is called only when it has to be rendered."""
    return remembered(oid, base_of(folder), lambda: render_markdown(read().decode("utf-8", "replace"), folder))
