"""Foreign HTML without scripts, handlers, styles, forms and frames, and with links of safe schemes only."""

import re
from collections.abc import Callable
from urllib.parse import urljoin

import nh3

from models_app.cards import allowed_html

ID_PREFIX = "user-content-"  # a card's ids cannot pose as the page's own
_LINK_ATTRIBUTES = {"href", "src", "poster"}
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_RESOLVE = re.compile(r"((?:/datasets|/spaces)?/[^/]+/[^/]+)/resolve/")
_NUMBER = re.compile(r"\d{1,4}%?")
_LENGTH = re.compile(r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|px|pt|mu)?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,20}")


def sanitize(html: str, base_url: str) -> str:
    """Safe HTML. Relative addresses are taken from `base_url`, the address under which the card's folder is served."""
    return _cleaner(base_url).clean(html)


def _cleaner(base_url: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=allowed_html.TAGS,
        attributes=allowed_html.ATTRIBUTES,
        attribute_filter=_filter(base_url),
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


def _filter(base_url: str) -> Callable[[str, str, str], str | None]:
    def decide(tag: str, attribute: str, value: str) -> str | None:
        if attribute in _LINK_ATTRIBUTES:
            return _address(tag, value.strip(), base_url)
        if tag in allowed_html.MATH_TAGS and attribute in allowed_html.LENGTHS:
            return value if _LENGTH.fullmatch(value) else None
        if attribute in {"width", "height", "colspan", "rowspan", "start"}:
            return value if _NUMBER.fullmatch(value) else None
        if attribute == "mathcolor":
            return value if _COLOUR.fullmatch(value) else None
        return value

    return decide


def _address(tag: str, value: str, base_url: str) -> str | None:
    """Where a link or a picture leads: inside the repo for relative ones; None drops the attribute."""
    if value.startswith("data:"):
        return value if tag == "img" and _DATA_IMAGE.fullmatch(value) else None
    if value.startswith("#"):
        return value if value.startswith(f"#{ID_PREFIX}") else f"#{ID_PREFIX}{value[1:]}"
    if _SCHEME.match(value) or value.startswith("/"):
        return value
    address = urljoin(base_url, value)
    # Files are shown by the hub's page; pictures and sounds are fetched as they are.
    return _RESOLVE.sub(r"\1/blob/", address, count=1) if tag == "a" else address
