"""A drawing of a stack of Transformer layers: boxes, frames and arrows in the units of an SVG's view box."""

from dataclasses import dataclass, field

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_app.architectures.rules import Architecture, Layers

_ROW, _GAP, _MARGIN = 24, 12, 8
_ATTENTION = {
    "bidirectional": gettext_lazy("Bidirectional attention"),
    "causal": gettext_lazy("Causal attention"),
    "permutation": gettext_lazy("Permutation attention"),
    "cross": gettext_lazy("Cross attention"),
}


@dataclass(frozen=True)
class Box:
    """`kind` colours it: embedding, attention, cross, feed-forward, norm, plain."""

    kind: str
    label: str
    x: float
    y: float
    width: float
    height: float = _ROW

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def baseline(self) -> float:
        """Where the label's text stands."""
        return self.y + self.height / 2 + 4


@dataclass(frozen=True)
class Frame:
    """Around the parts of one layer; `times` says how often it is there."""

    x: float
    y: float
    width: float
    height: float
    times: str

    @property
    def end(self) -> float:
        return self.x + self.width


@dataclass
class Schematic:
    label: str
    width: float = 300
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    arrows: list[str] = field(default_factory=list)  # SVG paths


def draw(found: Architecture) -> Schematic:
    """Top to bottom, as the data flows: one column, or the encoder's beside the decoder's."""
    schematic = Schematic(label=_("The stack of %(name)s, drawn") % {"name": found.model_type})
    if len(found.parts) == 1:
        _draw_column(schematic, found, found.parts[0], x=50, width=200)
    else:
        encoder, decoder = found.parts
        end = _draw_column(schematic, found, encoder, x=_MARGIN, width=124)
        _draw_column(schematic, found, decoder, x=168, width=124)
        cross = next(box for box in schematic.boxes if box.kind == "cross")
        between = (end.x + end.width + cross.x) / 2 - _MARGIN / 2
        schematic.arrows.append(f"M{end.x + end.width} {end.y + _ROW / 2}H{between}V{cross.y + _ROW / 2}H{cross.x}")
    schematic.height = max(box.y + box.height for box in schematic.boxes) + 2
    return schematic


def _draw_column(schematic: Schematic, found: Architecture, part: Layers, *, x: float, width: float) -> Box:
    """Adds one stack, and gives its last box."""
    before, layer, after = _rows(found, part)
    y, above = 2.0, list[Box]()
    for number, row in enumerate([*before, *layer, *after]):
        if number in {len(before), len(before) + len(layer)}:
            y += _MARGIN  # the frame's line
        share = (width - (len(row) - 1) * _MARGIN) / len(row)
        boxes = [Box(kind, label, x + n * (share + _MARGIN), y, share) for n, (kind, label) in enumerate(row)]
        schematic.arrows += [_arrow(start, end) for start in above for end in boxes]
        schematic.boxes += boxes
        y, above = y + _ROW + _GAP, boxes
    first = len(before) * (_ROW + _GAP) + 2.0
    height = len(layer) * (_ROW + _GAP) - _GAP + 2 * _MARGIN
    times = f"× {part.count}" if part.count is not None else "× ?"
    schematic.frames.append(Frame(x - _MARGIN, first, width + 2 * _MARGIN, height, times))
    return above[0]


def _arrow(start: Box, end: Box) -> str:
    return f"M{start.middle} {start.y + start.height}L{end.middle} {end.y}"


_Rows = list[list[tuple[str, str]]]  # of (kind, label), side by side


def _rows(found: Architecture, part: Layers) -> tuple[_Rows, _Rows, _Rows]:
    """What stands before the layers, in one layer, and after them."""
    norm = ("norm", found.norm)
    feed_forward = ("feed-forward", _sized(_("Feed-forward"), part.feed_forward))
    attention = [("cross" if kind == "cross" else "attention", str(_ATTENTION[kind])) for kind in part.attention]
    blocks = [*attention, feed_forward]
    before: _Rows = [[("plain", _("Input tokens"))], [("embedding", _sized(_("Embedding"), found.hidden_size))]]
    after: _Rows = [[("plain", _("Hidden states") if part.part == "encoder" else _("Next token"))]]
    match found.order:
        case "before":
            return before, [[step] for block in blocks for step in (norm, block)], [[norm], *after]
        case "after":
            return before, [[step] for block in blocks for step in (block, norm)], after
        case "parallel":
            return before, [[norm], blocks], [[norm], *after]


def _sized(label: str, size: int | None) -> str:
    return label if size is None else f"{label} {intcomma(size)}"
