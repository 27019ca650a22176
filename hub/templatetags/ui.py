"""Small pieces of interface that every template may use: ``{% load ui %}``."""

import zlib
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()
_AVATAR_TINTS = 4
_THOUSAND = 1000


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of `static/img/icons.svg`; decoration only, so the words beside it must say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def avatar(name: str, kind: str = "") -> SafeString:
    """The first letter of `name` on a tint that always stays the same for that name. `kind`: ``square``, ``large``, ``small``."""
    tint = zlib.crc32(name.lower().encode()) % _AVATAR_TINTS + 1
    kinds = "".join(f" avatar--{word}" for word in kind.split())
    return format_html('<span class="avatar avatar--{}{}" aria-hidden="true">{}</span>', tint, kinds, name[:1])


@register.simple_tag(takes_context=True)
def current(context: template.Context, prefix: str) -> SafeString:
    """``aria-current="page"`` inside a link to `prefix` when the page shown is `prefix` or lies below it."""
    request = context.get("request")
    path = request.path if request is not None else ""
    if path == prefix or path.startswith(f"{prefix}/"):
        return SafeString('aria-current="page"')
    return SafeString("")


@register.simple_tag
def moment(when: datetime) -> SafeString:
    """How long ago, in its largest unit, with the exact time for machines and on hover."""
    since = timezone.now() - when
    age = _("just now") if since < timedelta(minutes=1) else _("%(age)s ago") % {"age": timesince(when, depth=1)}
    exact = date_format(timezone.localtime(when), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', when.isoformat(), exact, age)


@register.filter
def compact(value: float | None) -> str:
    """1234567 → ``1.2M``: three significant places, for counts in lists. None → an en dash."""
    if value is None:
        return "–"
    size = float(value)
    for unit in ("", "K", "M", "B", "T"):
        if abs(size) < _THOUSAND or unit == "T":
            places = 0 if not unit or abs(size) >= _THOUSAND / 10 else 1
            return f"{number_format(size, places)}{unit}"
        size /= _THOUSAND
    raise AssertionError


@register.filter
def filesize(value: float | None) -> str:
    """Bytes in powers of 1000, as clients and model pages state them: 498_574_321 → ``499 MB``."""
    size = float(value or 0)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < _THOUSAND or unit == "TB":
            places = 0 if unit == "B" or size >= _THOUSAND / 10 else 1
            return f"{number_format(size, places)} {unit}"
        size /= _THOUSAND
    raise AssertionError


@register.filter
def lookup(mapping: dict[Any, Any], key: object) -> object:
    """``mapping[key]`` or an empty string, for keys that are variables."""
    return mapping.get(key, "")


@register.simple_tag
def theme_choices() -> list[tuple[str, str, str]]:
    """(value, icon, label) of each colour theme."""
    return [("auto", "auto", _("Like the system")), ("light", "sun", _("Light")), ("dark", "moon", _("Dark"))]
