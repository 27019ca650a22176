"""What a checkpoint is, from its ``config.json`` and its safetensors headers, before anything of it is loaded."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models_app.architectures.designs import Design
from models_app.evaluation.engine.errors import InvalidCheckpoint, Unsafe, Unsupported
from models_app.evaluation.engine.layouts import LAYOUTS, Layout
from models_app.evaluation.engine.weights import TensorInfo, read_json, read_tensors, weight_files

_LAYER = re.compile(r"(?:^|\.)(?:h|layers?)\.(\d+)\.")
_STACKED_LAYER = r"(?:^|\.){stack}\.(?:block|layers)\.(\d+)\."  # of an encoder–decoder
# Causal masks, rotary frequencies, position numbers and logits' biases: saved beside the weights, but no parameters.
_BUFFER = re.compile(
    r"(?:^|\.)(?:(?:attn|attention|rotary_emb)\.(?:bias|masked_bias|inv_freq)|position_ids|final_logits_bias)$"
)
_MAX_LAYERS = 1000
_OBJECTIVES = {
    "causal": "causal language modelling",
    "masked": "masked language modelling",
    "permutation": "permutation language modelling",
    "encoder-decoder": "sequence-to-sequence language modelling",
}


@dataclass(frozen=True)
class Architecture:
    """Facts of a checkpoint. `context` is None where positions have no end (ALiBi, T5's relative ones)."""

    family: str
    model_type: str
    model_class: str
    layers: int
    hidden_size: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int | None
    positions: str
    attention: str  # multi-head, grouped-query, multi-query
    window: int | None  # of sliding-window attention, in tokens
    objective: str
    weight_dtype: str
    parameters: int
    weight_bytes: int  # once loaded as float32
    decoder_layers: int | None = None  # of an encoder–decoder; `layers` are then the encoder's
    heads_for: tuple[str, ...] = ()  # the heads beside the language model's: "next_sentence"

    def facts(self) -> dict[str, Any]:
        """The part of it that belongs into a record."""
        return {key: value for key, value in asdict(self).items() if key not in {"family", "parameters"}}


def read_architecture(folder: Path) -> Architecture:
    """Read and cross-check ``config.json`` and the headers.

    Raises `Unsupported`, `Unsafe`, or `InvalidCheckpoint` where the config claims what the weights do not hold, so
    that no size of the config is believed before it is proven.
    """
    if (folder / "adapter_config.json").is_file():
        raise Unsupported("The repo is an adapter. Merge it into its base model and upload the result.")
    config = read_json(folder / "config.json")
    layout = _layout(config)
    tensors = read_tensors(weight_files(folder))
    sizes = _Sizes(config)
    design, keys = layout.design, layout.keys
    layers, hidden, heads = sizes.of(keys.layers), sizes.of(design.hidden), sizes.of(keys.heads)
    kv_heads = sizes.of(keys.kv_heads, heads) if keys.kv_heads else heads
    context = sizes.of(design.context) if design.context else None
    decoder_layers = sizes.of(layout.decoder_layers, layers) if layout.decoder_layers else None
    if decoder_layers is None:
        _check_layers(tensors, layers, _LAYER, shared=design.shared_layers)
    else:
        _check_layers(tensors, layers, _STACKED_LAYER.format(stack="encoder"))
        _check_layers(tensors, decoder_layers, _STACKED_LAYER.format(stack="decoder"))
    _check_tables(tensors, layout, layout.embeddings(config), sizes)
    window = config.get(design.window) if design.window and config.get("use_sliding_window", True) else None
    found = tuple(use for use, name in layout.heads_for.items() if name in tensors)
    elements = sum(tensor.elements for name, tensor in tensors.items() if not _BUFFER.search(name))
    return Architecture(
        family=layout.family,
        model_type=config["model_type"],
        model_class=layout.full_class if found and layout.full_class else layout.model_class,
        layers=layers,
        hidden_size=hidden,
        heads=heads,
        kv_heads=kv_heads,
        vocabulary=sizes.of("vocab_size"),
        context=context and context - _skipped(design, config),
        positions=design.positions,
        attention=_attention(heads, kv_heads),
        window=window if isinstance(window, int) else None,
        objective=_OBJECTIVES[layout.family],
        weight_dtype=_common_dtype(tensors),
        parameters=elements,
        weight_bytes=4 * elements,
        decoder_layers=decoder_layers,
        heads_for=found,
    )


def _skipped(design: Design, config: Mapping[str, Any]) -> int:
    """How many positions no text can have."""
    if not design.positions_after_padding:
        return 0
    padding = config.get("pad_token_id", 1)
    if not isinstance(padding, int) or not 0 <= padding < config["max_position_embeddings"] - 3:
        raise InvalidCheckpoint(f"config.json: pad_token_id {str(padding)[:80]!r} leaves no position for a text.")
    return padding + 1


def _layout(config: Mapping[str, Any]) -> Layout:
    model_type = config.get("model_type")
    layout = LAYOUTS.get(model_type) if isinstance(model_type, str) else None
    if layout is None and "auto_map" in config:
        raise Unsafe("The checkpoint needs Python code of its own (auto_map), which is never run here.")
    if layout is None:
        known = ", ".join(sorted(LAYOUTS))
        raise Unsupported(f"The architecture {str(model_type)[:80]!r} cannot be evaluated yet. Supported are: {known}.")
    if config.get("quantization_config") is not None:
        raise Unsupported("The weights are quantized. Upload them in float32, float16 or bfloat16.")
    target_vocabulary = config.get("decoder_vocab_size") or config.get("vocab_size")
    if not layout.shares_embedding(config) and target_vocabulary != config.get("vocab_size"):
        raise Unsupported("Encoder and decoder have a vocabulary each; only a shared one is supported yet.")
    named = config.get("architectures")
    if named and not (isinstance(named, list) and any(name in named for name in layout.model_classes)):
        raise Unsupported(
            f"The checkpoint is {str(named)[:200]}; only language models ({layout.model_class}) can be evaluated."
        )
    return layout


@dataclass(frozen=True)
class _Sizes:
    config: Mapping[str, Any]

    def of(self, key: str, default: int | None = None) -> int:
        value = self.config.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidCheckpoint(f"config.json: {key} must be a positive whole number, not {str(value)[:80]!r}.")
        return value


def _check_layers(
    tensors: Mapping[str, TensorInfo], layers: int, pattern: str | re.Pattern[str], *, shared: bool = False
) -> None:
    found = {int(match[1]) for name in tensors if (match := re.search(pattern, name))}
    if layers > _MAX_LAYERS or (found != set(range(layers)) and not shared):
        raise InvalidCheckpoint(f"config.json claims {layers} layers, but the weights hold {len(found)}.")


def _check_tables(tensors: Mapping[str, TensorInfo], layout: Layout, embeddings: Iterable[str], sizes: _Sizes) -> None:
    design = layout.design
    hidden = sizes.of(design.hidden)
    width = sizes.of(layout.embedding_width, hidden) if layout.embedding_width else hidden
    for embedding in embeddings:
        _check_table(tensors, embedding, sizes.of("vocab_size"), width, "vocab_size")
    if layout.position_embedding and design.context:
        columns = width if layout.family == "masked" else hidden  # encoders add positions before they widen
        rows = sizes.of(design.context) + (design.position_rows or 0)
        _check_table(tensors, layout.position_embedding, rows, columns, design.context)


def _check_table(tensors: Mapping[str, TensorInfo], end: str, rows: int, columns: int, key: str) -> None:
    table = next((tensor for name, tensor in tensors.items() if name == end or name.endswith(f".{end}")), None)
    if table is None:
        raise InvalidCheckpoint(f"The weights hold no tensor {end!r}, which this architecture needs.")
    if table.shape != (rows, columns):
        raise InvalidCheckpoint(
            f"config.json ({key}) asks for {end} of {rows} x {columns}, but the weights hold "
            f"{' x '.join(map(str, table.shape))}."
        )


def _attention(heads: int, kv_heads: int) -> str:
    if kv_heads == heads:
        return "multi-head"
    return "multi-query" if kv_heads == 1 else "grouped-query"


def _common_dtype(tensors: Mapping[str, TensorInfo]) -> str:
    elements: dict[str, int] = {}
    for tensor in tensors.values():
        elements[tensor.dtype] = elements.get(tensor.dtype, 0) + tensor.elements
    return max(elements, key=elements.__getitem__)
