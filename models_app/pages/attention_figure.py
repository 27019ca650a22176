"""What a page draws of attention weights: an overview of all heads, one head large, one row in words. No query."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from models_app.evaluation.attention.pictures import grid_step, head_picture
from models_app.evaluation.attention.rules import Part, matrix_of

LARGEST_SHOWN = 12  # columns that a row is told by
_LABEL = 11  # characters of a token beside the picture
_MARGIN = 84  # pixels for the tokens' names, on the left and above
_CELLS = ((16, 26), (32, 20))  # up to so many tokens: so many pixels a weight
_SMALL_CELL = 11


@dataclass(frozen=True)
class Choice:
    """What of a text's attention is looked at; counted from 0. It is in the page's address."""

    request_id: str
    part: str
    layer: int
    head: int
    row: int

    def address(self, **other: int | str) -> str:
        """The query string of another choice."""
        chosen = {"id": self.request_id, "part": self.part, "layer": self.layer, "head": self.head, "row": self.row}
        return "?" + urlencode(chosen | other)


@dataclass(frozen=True)
class Tick:
    """A token at the edge of the picture: its middle in pixels, its text, shortened for the picture, and a link."""

    at: float
    token: str
    short: str
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Thumb:
    """One head of the overview, in pixels of its picture."""

    x: int
    y: int
    layer: int
    head: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Overview:
    """`thumbs` lie over a picture of `picture_width` × `picture_height` pixels, with a pixel around it."""

    picture_width: int
    picture_height: int
    thumb_width: int
    thumb_height: int
    thumbs: list[Thumb]

    @property
    def width(self) -> int:
        return self.picture_width + 2

    @property
    def height(self) -> int:
        return self.picture_height + 2


@dataclass(frozen=True)
class Look:
    """How much the chosen row looks at one token."""

    token: str
    weight: float

    @property
    def percent(self) -> float:
        return 100 * self.weight


@dataclass(frozen=True)
class Figure:
    """One head large. Lengths are pixels; `data` are tokens and weights as JSON, for the script that reads cells."""

    cell: int
    left: int
    top: int
    picture: str
    rows: list[Tick]
    columns: list[Tick]
    data: str
    looks: list[Look]
    others: int  # columns that are not among `looks`

    @property
    def inner_width(self) -> int:
        return self.cell * len(self.columns)

    @property
    def inner_height(self) -> int:
        return self.cell * len(self.rows)

    @property
    def is_dense(self) -> bool:
        """Whether names need a smaller font."""
        return self.cell == _SMALL_CELL

    @property
    def width(self) -> int:
        return self.left + self.inner_width + self.left // 3  # slanted names reach over the right edge

    @property
    def height(self) -> int:
        return self.top + self.inner_height + 1

    @property
    def row(self) -> Tick:
        return next(tick for tick in self.rows if tick.chosen)


def overview(part: Part, choice: Choice) -> Overview:
    across, down = grid_step(part)
    thumbs = [
        Thumb(
            x=head * across,
            y=layer * down,
            layer=layer,
            head=head,
            href=choice.address(layer=layer, head=head),
            chosen=(layer, head) == (choice.layer, choice.head),
        )
        for layer in range(part.layers)
        for head in range(part.heads)
    ]
    last = thumbs[-1]
    return Overview(last.x + len(part.columns), last.y + len(part.rows), len(part.columns), len(part.rows), thumbs)


def figure(part: Part, head: bytes, choice: Choice) -> Figure:
    """`head` are the weights of the chosen head of `part`."""
    cell, matrix = _cell(part), matrix_of(head, part)
    seen = matrix[choice.row][: choice.row + 1] if part.causal else matrix[choice.row]
    looks = [Look(visible(token), weight) for token, weight in zip(part.columns, seen, strict=False)]
    looks.sort(key=lambda look: -look.weight)
    weights = [[round(weight, 4) for weight in row] for row in matrix]
    rows, columns = [visible(token) for token in part.rows], [visible(token) for token in part.columns]
    return Figure(
        cell=cell,
        left=_MARGIN,
        top=_MARGIN,
        picture="data:image/png;base64," + base64.b64encode(head_picture(head, part)).decode(),
        rows=[
            Tick(_MARGIN + cell * (i + 0.5), token, _short(token), choice.address(row=i), chosen=i == choice.row)
            for i, token in enumerate(rows)
        ],
        columns=[Tick(_MARGIN + cell * (j + 0.5), token, _short(token)) for j, token in enumerate(columns)],
        data=json.dumps({"rows": rows, "columns": columns, "weights": weights, "causal": part.causal}),
        looks=looks[:LARGEST_SHOWN],
        others=max(0, len(looks) - LARGEST_SHOWN),
    )


def visible(token: str) -> str:
    """A token's text with its spaces and line ends to be seen."""
    return token.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥") or "∅"


def _short(token: str) -> str:
    return token if len(token) <= _LABEL else token[: _LABEL - 1] + "…"


def _cell(part: Part) -> int:
    longest = max(len(part.rows), len(part.columns))
    return next((cell for tokens, cell in _CELLS if longest <= tokens), _SMALL_CELL)


def chosen_part(parts: Sequence[Part], name: str) -> Part:
    """The part called `name`, else the first."""
    return next((part for part in parts if part.name == name), parts[0])
