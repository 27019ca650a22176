"""Foreign HTML without scripts, handlers, styles, forms and frames, and with links of safe schemes only."""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urljoin

import nh3

from hub.core.markdown import allowed_html

ID_PREFIX = "user-content-"  # a text's ids cannot pose as the page's own
_LINK_ATTRIBUTES = {"href", "src", "poster"}
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,4}%?")
_LENGTH = re.compile(r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|px|pt|mu)?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,20}")


def sanitize(html: str, *, media: str, links: str) -> str:
    """Safe HTML. Relative addresses of pictures and sounds are taken from `media`, those of links from `links`."""
    return _cleaner(media, links).clean(html)


@lru_cache(maxsize=128)
def _cleaner(media: str, links: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=allowed_html.TAGS,
        attributes=allowed_html.ATTRIBUTES,
        attribute_filter=_filter(media, links),
        allowed_classes=allowed_html.CLASSES,
        tag_attribute_values={tag: {"align": {"left", "center", "right"}} for tag in allowed_html.ALIGNED_TAGS},
        # Every input is a dead check box, whatever it was meant to be; pictures far below load when they are reached.
        set_tag_attribute_values={
            "input": {"type": "checkbox", "disabled": ""},
            "img": {"loading": "lazy"},
        },
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="nofollow noopener noreferrer",
        id_prefix=ID_PREFIX,
    )


def _filter(media: str, links: str) -> Callable[[str, str, str], str | None]:
    def decide(tag: str, attribute: str, value: str) -> str | None:
        if attribute in _LINK_ATTRIBUTES:
            return _address(tag, value.strip(), links if tag == "a" else media)
        if tag in allowed_html.MATH_TAGS and attribute in allowed_html.LENGTHS:
            return value if _LENGTH.fullmatch(value) else None
        if attribute in {"width", "height", "colspan", "rowspan", "start"}:
            return value if _NUMBER.fullmatch(value) else None
        if attribute == "mathcolor":
            return value if _COLOUR.fullmatch(value) else None
        return value

    return decide


def _address(tag: str, value: str, base_url: str) -> str | None:
    """Where a link or a picture leads; None drops the attribute."""
    if value.startswith("data:"):
        return value if tag == "img" and _DATA_IMAGE.fullmatch(value) else None
    if value.startswith("#"):
        return value if value.startswith(f"#{ID_PREFIX}") else f"#{ID_PREFIX}{value[1:]}"
    if _SCHEME.match(value) or value.startswith("/"):
        return value
    return urljoin(base_url, value)
