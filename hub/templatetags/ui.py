"""Small pieces of interface that every template may use: ``{% load ui %}``."""

import zlib
from datetime import datetime, timedelta

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
_ONE_PLACE_BELOW = 99.95  # from here on a decimal place says nothing


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of `static/img/icons.svg`; decoration only, so the words beside it must say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def avatar(name: str, kind: str = "") -> SafeString:
    """The first letter of `name` on a tint that stays the same for that name. `kind`: words of square, large, small."""
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
    """1234567 → ``1.2M``: for counts in lists. None → an en dash."""
    return "–" if value is None else "".join(_scaled(value, ("", "K", "M", "B", "T")))


@register.filter
def filesize(value: float | None) -> str:
    """Bytes in powers of 1000, as clients and model pages state them: 498_574_321 → ``499 MB``."""
    return " ".join(_scaled(value or 0, ("B", "kB", "MB", "GB", "TB")))


def _scaled(value: float, units: tuple[str, ...]) -> tuple[str, str]:
    """`value` (not negative) in the unit that leaves it below 1000, each unit 1000 times the one before."""
    size, step = float(value), 0
    while round(size) >= _THOUSAND and step < len(units) - 1:
        size, step = size / _THOUSAND, step + 1
    places = 1 if step and size < _ONE_PLACE_BELOW else 0
    return number_format(round(size, places), places), units[step]


@register.simple_tag
def theme_choices() -> list[tuple[str, str, str]]:
    """(value, icon, label) of each colour theme."""
    return [("auto", "auto", _("Like the system")), ("light", "sun", _("Light")), ("dark", "moon", _("Dark"))]
