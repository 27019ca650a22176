"""Query parameters as Hub clients write them."""

from urllib.parse import quote

from rest_framework.request import Request

from hub.core.errors import Invalid
from hub.core.paths import public_url
from models_app.hfapi.representations import EXPANDABLE

MAX_WORDS = 30


def flag(request: Request, name: str) -> bool:
    """A boolean: ``true``, ``True`` or ``1``."""
    return request.query_params.get(name, "").lower() in {"true", "1"}


def words(request: Request, name: str) -> list[str]:
    """The values of a repeated key, some clients' comma lists taken apart.

    Raises `Invalid` for what is not text, and for more than `MAX_WORDS` of them.
    """
    found = [part.strip() for value in request.query_params.getlist(name) for part in value.split(",")]
    if any("\0" in word for word in found):
        raise Invalid(f"{name} holds a NUL character.")
    if len(found) > MAX_WORDS:
        raise Invalid(f"{name} has more than {MAX_WORDS} values.")
    return [word for word in found if word]


def whole_number(request: Request, name: str, *, default: int, largest: int) -> int:
    """A number from 1 up; more than `largest` means `largest`. Raises `Invalid` for anything else."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text[:9]) == 0:
        raise Invalid(f"{name} must be a whole number from 1 up.")
    return min(int(text[:9]), largest)


def expanded(request: Request) -> list[str]:
    """The fields that `expand` asks for. Raises `Invalid` in the words that clients show to their users."""
    wanted = list(dict.fromkeys(request.query_params.getlist("expand") + request.query_params.getlist("expand[]")))
    if any(name not in EXPANDABLE for name in wanted):
        options = "|".join(f'"{name}"' for name in EXPANDABLE)
        raise Invalid(f"✖ Invalid option: expected one of {options}")
    return wanted


def next_link(request: Request, cursor: str) -> str:
    """The ``Link`` header that leads to the page at `cursor`: absolute, since clients call it as it is."""
    query = request.query_params.copy()
    query["cursor"] = cursor
    raw_path = str(request.META.get("RAW_URI", "")).partition("?")[0]
    path = raw_path if raw_path.startswith("/") else quote(request.path)
    return f'<{public_url(path)}?{query.urlencode()}>; rel="next"'
