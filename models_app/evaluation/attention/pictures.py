"""Attention weights as PNG, by the standard library alone: one pixel a weight, on a transparent ground.

A pixel's opacity grows with the square root of its weight: with sixty tokens an even share is only 0.016. What a causal
row may not see is grey, so that it looks otherwise than a weight of zero.
"""

import math
import struct
import zlib
from collections.abc import Sequence

from models_app.evaluation.attention.rules import Part, bits_of, head_of

_ONE = 0x3C00  # 1.0 in float16
_HIDDEN = 255  # the palette's entry of what may not be seen; 0 to 254 are the opacities
_COLOUR, _GREY = (34, 148, 108), (128, 128, 128, 72)  # to be seen on light and dark grounds
_GAP = 2  # pixels between the heads of an overview
# The palette's entry of each float16 from 0 to 1, by its bits.
_LEVELS = bytes(
    round(254 * math.sqrt(value))
    for value in struct.unpack(f"<{_ONE + 1}e", struct.pack(f"<{_ONE + 1}H", *range(_ONE + 1)))
)
_PALETTE = bytes(_COLOUR) * 255 + bytes(_GREY[:3])
_OPACITIES = bytes(range(255)) + bytes(_GREY[3:])


def head_picture(head: bytes, part: Part) -> bytes:
    """One head: a row of pixels for each token that looks."""
    return _png(_lines(head, part))


def overview_picture(layers: Sequence[bytes], part: Part) -> bytes:
    """All heads: a line of pictures for each layer, with a gap of `_GAP` pixels between them (`grid_step`)."""
    gap, lines = bytes(_GAP), list[bytes]()
    for layer in layers:
        heads = [_lines(head_of(layer, part, number), part) for number in range(part.heads)]
        lines += [gap.join(line) for line in zip(*heads, strict=True)]
        lines += [bytes(len(lines[-1]))] * _GAP
    return _png(lines[:-_GAP])


def grid_step(part: Part) -> tuple[int, int]:
    """How many pixels further right, and down, the next head of an overview begins."""
    return len(part.columns) + _GAP, len(part.rows) + _GAP


def _lines(head: bytes, part: Part) -> list[bytes]:
    """The palette's entries of each row."""
    levels, width = bytes(map(_LEVELS.__getitem__, bits_of(head))), len(part.columns)
    lines = [levels[start : start + width] for start in range(0, len(levels), width)]
    if not part.causal:
        return lines
    return [line[: row + 1] + bytes([_HIDDEN]) * (width - row - 1) for row, line in enumerate(lines)]


def _png(lines: Sequence[bytes]) -> bytes:
    """https://www.w3.org/TR/png-3/: eight bits a pixel by palette, no filter."""
    head = struct.pack(">IIBBBBB", len(lines[0]), len(lines), 8, 3, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + line for line in lines), 6)
    chunks = ((b"IHDR", head), (b"PLTE", _PALETTE), (b"tRNS", _OPACITIES), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
