"""Deadlines as calendars (iCalendar, RFC 5545) that people subscribe to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse

from hub.core.paths import public_url

_LINE = 75  # octets
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Deadline:
    """Something that happens at `at`. `address` is a path of this site; `key` stays the same when the time moves."""

    key: str
    title: str
    address: str
    at: datetime
    changed: datetime


def calendar(*, name: str, deadlines: Sequence[Deadline]) -> HttpResponse:
    """A calendar with an entry without length for each deadline."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Leyuan//hub//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for deadline in deadlines:
        lines += _event(deadline)
    lines.append("END:VCALENDAR")
    body = "".join(f"{part}\r\n" for line in lines for part in _folded(line))
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


def _event(deadline: Deadline) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(deadline.key)}@{settings.PUBLIC_URL.partition('://')[2]}",
        f"DTSTAMP:{_moment(deadline.changed)}",
        f"DTSTART:{_moment(deadline.at)}",
        f"SUMMARY:{_text(deadline.title)}",
        f"URL:{public_url(deadline.address)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets that break no character; all but the first begin with a space."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    yield piece
