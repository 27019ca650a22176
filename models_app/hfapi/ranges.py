"""Byte ranges of HTTP (RFC 9110, section 14)."""

import re

from hub.core.errors import RangeUnsatisfiable

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """The bytes [start, end) that a Range header asks for; None if the whole file should be sent.

    Several ranges, other units and malformed headers are ignored, as the RFC allows: clients cope with the whole file.
    Raises `RangeUnsatisfiable` for a range that begins behind the end.
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeUnsatisfiable(f"The file has {size} bytes: there is nothing in this range.")
    return start, end


def parse_ranges(header: str, size: int) -> list[tuple[int, int]]:
    """The bytes [start, end) that a Range header of one or more ranges asks for; empty if there is none to obey.

    Raises `RangeUnsatisfiable` if one begins behind the end.
    """
    unit, _, ranges = header.replace(" ", "").partition("=")
    found = [parse_range(f"{unit}={one}", size) for one in ranges.split(",")]
    return [one for one in found if one is not None] if None not in found else []
