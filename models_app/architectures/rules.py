"""What a checkpoint is built like, from its ``config.json`` and the shapes in its safetensors headers: pure functions.

Both files are a stranger's. A number is told only if it is a positive one that a tensor of the weights bears out where
one can; whatever else stands there is "not known" (None), never an error.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from models_app.architectures.designs import DESIGNS, Attention, Design, Keys, Order, Positions, Stack

_LAYER = re.compile(r"(?:^|\.)(?:h|layers?|block)\.(\d{1,4})\.")
_PART = re.compile(r"(?:^|\.)(encoder|decoder)\.")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,30}")
_MAX_SIDES = 2000  # different lengths that one checkpoint may have; real ones have a dozen
_MAX_SIZE = 2**24  # of any number in a config: no vocabulary, width or context comes near
_GATED = "gated-"

Part = Literal["encoder", "decoder"]


@dataclass
class Outline:
    """What is kept of a checkpoint's tensors: every length of a side, and the layers that each part is seen to have."""

    sides: set[int] = field(default_factory=set)
    layers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, name: str, shape: Sequence[int]) -> None:
        if 0 not in shape and len(self.sides) <= _MAX_SIDES:
            self.sides.update(shape)
        part, layer = _PART.search(name), _LAYER.search(name)
        if layer is not None:
            self.layers[part[1] if part else ""].add(int(layer[1]))

    def facet(self) -> dict[str, Any]:
        """As JSON, for a column: ``{"sides": […], "layers": {"encoder": n, …}}``; empty when it is of no use."""
        if not self.sides or len(self.sides) > _MAX_SIDES:
            return {}
        layers = {part: len(found) for part, found in self.layers.items() if found == set(range(len(found)))}
        return {"sides": sorted(self.sides), "layers": layers}


@dataclass(frozen=True)
class Layers:
    """One stack. `attention` lists its kinds in their order; `head_size` and `feed_forward` are numbers of channels."""

    part: Part
    attention: tuple[Attention, ...]
    count: int | None
    heads: int | None
    kv_heads: int | None
    head_size: int | None
    feed_forward: int | None


@dataclass(frozen=True)
class Architecture:
    """What is known of a checkpoint. A size that is None is not known, but for `context` where it `has_no_end`.

    `checked` says whether the weights' headers could be read; without, sizes are what the config claims.
    """

    model_type: str
    stack: Stack
    parts: tuple[Layers, ...]
    hidden_size: int | None
    vocabulary: int | None
    context: int | None
    has_no_end: bool
    positions: Positions
    activation: str | None
    gated: bool
    tied: bool
    shared_layers: bool
    window: int | None  # of sliding-window attention, in tokens
    norm: str
    order: Order
    checked: bool


def architecture(config: Mapping[str, Any], outline: Mapping[str, Any]) -> Architecture | None:
    """What ``config.json`` and `Outline.facet` say of a checkpoint; None where its architecture is not in the table.

    BERT and its kin can be trained as decoders (``is_decoder``), which the table does not describe: None as well.
    """
    model_type = config.get("model_type")
    design = DESIGNS.get(model_type) if isinstance(model_type, str) else None
    if design is None or (design.stack == "encoder" and config.get("is_decoder") is True):
        return None
    sizes = _Sizes(config, frozenset(outline.get("sides", ())))
    stacks: tuple[tuple[Part, Keys | None], ...] = (("encoder", design.encoder), ("decoder", design.decoder))
    hidden = sizes.seen(design.hidden)
    activation = _activation(config, design)
    return Architecture(
        model_type=str(model_type),
        stack=design.stack,
        parts=tuple(
            _layers(part, keys, design, sizes, outline.get("layers", {})) for part, keys in stacks if keys is not None
        ),
        hidden_size=hidden,
        vocabulary=sizes.seen("vocab_size"),
        context=_context(design, sizes),
        has_no_end=design.context is None,
        positions=design.positions,
        activation=activation.removeprefix(_GATED) if activation else None,
        gated=design.gated or (activation or "").startswith(_GATED),
        tied=_flag(config, "tie_word_embeddings", default=design.tied),
        shared_layers=design.shared_layers,
        window=_window(config, design, sizes),
        norm=design.norm,
        order=_order(config, design),
        checked=bool(outline),
    )


@dataclass(frozen=True)
class _Sizes:
    """Numbers of a config. `sides` are the lengths of the tensors' sides; empty when there are no headers to ask."""

    config: Mapping[str, Any]
    sides: frozenset[int]

    def claimed(self, key: str | None) -> int | None:
        value = self.config.get(key) if key else None
        is_size = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MAX_SIZE
        return value if is_size else None

    def seen(self, key: str | None) -> int | None:
        """As `claimed`, if a tensor has a side of that length."""
        return self.borne_out(self.claimed(key))

    def borne_out(self, value: int | None) -> int | None:
        return value if value is not None and self.bear_out([value]) else None

    def bear_out(self, values: Iterable[int]) -> bool:
        return not self.sides or self.sides.issuperset(values)


def _layers(part: Part, keys: Keys, design: Design, sizes: _Sizes, layers: Mapping[str, int]) -> Layers:
    hidden, heads = sizes.seen(design.hidden), sizes.claimed(keys.heads)
    head_size = sizes.claimed(keys.head_size) or _share(hidden, heads)
    if heads is None or head_size is None or not _has_heads(sizes, heads, head_size):
        heads = head_size = None
    kv_heads = (sizes.claimed(keys.kv_heads) or heads) if keys.kv_heads else heads
    if kv_heads is None or heads is None or heads % kv_heads or not _has_heads(sizes, kv_heads, head_size or 0):
        kv_heads = None
    return Layers(
        part=part,
        attention=_attention(part, design),
        count=_layer_count(part, keys, design, sizes, layers),
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        feed_forward=_feed_forward(keys, sizes, hidden),
    )


def _attention(part: Part, design: Design) -> tuple[Attention, ...]:
    if design.stack != "both":
        return (design.self_attention,)
    return ("bidirectional",) if part == "encoder" else ("causal", "cross")


def _share(hidden: int | None, heads: int | None) -> int | None:
    return hidden // heads if hidden and heads and hidden % heads == 0 else None


def _has_heads(sizes: _Sizes, heads: int, head_size: int) -> bool:
    """Whether some projection is as wide as all heads together, or has a side for the heads and one for their size."""
    return sizes.bear_out([heads * head_size]) or sizes.bear_out([heads, head_size])


def _layer_count(part: Part, keys: Keys, design: Design, sizes: _Sizes, layers: Mapping[str, int]) -> int | None:
    # T5's decoder is as deep as its encoder where nothing else is said.
    count = sizes.claimed(keys.layers) or (sizes.claimed(design.encoder.layers) if design.encoder else None)
    if not sizes.sides or design.shared_layers:
        return count if count is not None and count <= 1000 else None  # noqa: PLR2004
    found = layers.get(part, 0) if design.stack == "both" else max(layers.values(), default=0)
    return count if count == found else None


def _feed_forward(keys: Keys, sizes: _Sizes, hidden: int | None) -> int | None:
    if keys.feed_forward is None or sizes.config.get(keys.feed_forward) is None:
        # Architectures that may leave it out are four times as wide inside.
        return sizes.borne_out(4 * hidden) if hidden is not None else None
    return sizes.seen(keys.feed_forward)


def _context(design: Design, sizes: _Sizes) -> int | None:
    context = sizes.claimed(design.context)
    if context is None:
        return None
    if design.position_rows is not None and sizes.borne_out(context + design.position_rows) is None:
        return None
    if not design.positions_after_padding:
        return context
    padding = sizes.config.get("pad_token_id", 1)
    known = isinstance(padding, int) and 0 <= padding < context - 1
    return context - padding - 1 if known else None


def _window(config: Mapping[str, Any], design: Design, sizes: _Sizes) -> int | None:
    return sizes.claimed(design.window) if _flag(config, "use_sliding_window", default=True) else None


def _activation(config: Mapping[str, Any], design: Design) -> str | None:
    if design.activation.startswith("="):
        return design.activation[1:]
    value = config.get(design.activation)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _order(config: Mapping[str, Any], design: Design) -> Order:
    if design.order_unless is not None:
        key, value, order = design.order_unless
        if config.get(key) is value:
            return order
    return design.order


def _flag(config: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = config.get(key)
    return value if isinstance(value, bool) else default
