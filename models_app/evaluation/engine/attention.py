"""The attention weights of a checkpoint for one short text: batch 1, eager attention, so that there are any to give."""

import base64
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models_app.evaluation.attention.rules import MAX_BYTES, MAX_TOKENS
from models_app.evaluation.engine.adapter import check_finite
from models_app.evaluation.engine.architecture import Architecture, read_architecture
from models_app.evaluation.engine.decoding import Decoding, Prompt, decode
from models_app.evaluation.engine.encoder_decoder import EncoderDecoderAdapter
from models_app.evaluation.engine.errors import InvalidCheckpoint, Unsupported
from models_app.evaluation.engine.loading import Checkpoint, load_checkpoint
from models_app.evaluation.engine.permutation import hidden

LABEL = 40  # characters that are kept of a token
Report = Callable[[dict[str, Any]], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """One kind of attention: `weights` has a tensor (heads, rows, columns) for each layer; each row sums to 1.

    `rows` and `columns` are tokens: those that look, and those that are looked at. `causal`: row i sees the columns up
    to i alone, all others are exactly 0.
    """

    name: str  # encoder, decoder, cross; of XLNet content, query
    rows: Sequence[int]
    columns: Sequence[int]
    causal: bool
    weights: Sequence[torch.Tensor]


@dataclass(frozen=True)
class Attention:
    """`read` is how many tokens the text has, of which the first are shown; `read_target` those of a given target."""

    parts: Sequence[Part]
    read: int
    read_target: int | None = None


def attend(folder: Path, text: str, target: str, *, device: str, report: Report) -> dict[str, Any]:
    """What the checkpoint in `folder` looks at in `text`, as JSON: weights are base64 of little-endian float16.

    An encoder–decoder reads `target` behind it, or, where that is empty, what it writes itself. Raises
    `EvaluationFailure` as an evaluation does, or `MemoryError`.
    """
    report({"stage": "load", "task": "", "done": 0, "total": 1})
    architecture = read_architecture(folder)
    checkpoint = load_checkpoint(folder, architecture, precision="float32", device=device, attention="eager")
    report({"stage": "attention", "task": "", "done": 0, "total": 1})
    found = weights_of(checkpoint, text, target)
    return {
        "family": architecture.family,
        "read": found.read,
        "read_target": found.read_target,
        "parts": [_as_json(part, checkpoint) for part in found.parts],
    }


@torch.inference_mode()
def weights_of(checkpoint: Checkpoint, text: str, target: str = "") -> Attention:
    """The attention of `checkpoint`, loaded with eager attention, for the first tokens of `text` (and `target`)."""
    found = _FAMILIES[checkpoint.architecture.family](checkpoint, text, target)
    elements = 0
    for part in found.parts:
        if not part.weights:
            raise Unsupported("The model computes no attention weights that could be shown.")
        for layer in part.weights:
            check_finite(layer)
            elements += layer.numel()
    if 2 * elements > MAX_BYTES:
        raise Unsupported(f"Its attention weights take {elements / 2**19:.0f} MiB, more than can be kept.")
    return found


def most_tokens(architecture: Architecture) -> int:
    """How many tokens of a text are shown: fewer where layers and heads are so many that `MAX_BYTES` would not do."""
    decoders = architecture.decoder_layers
    maps = architecture.layers + 2 * decoders if decoders else architecture.layers
    maps *= architecture.heads * (2 if architecture.family == "permutation" else 1)
    fits = math.isqrt(MAX_BYTES // (2 * maps))
    return max(1, min(MAX_TOKENS, fits, architecture.context or MAX_TOKENS))


def _causal(checkpoint: Checkpoint, text: str, _target: str) -> Attention:
    tokens, read = _tokens(checkpoint, text)
    output = _run(checkpoint, input_ids=_batch(checkpoint, tokens), use_cache=False)
    return Attention([Part("decoder", tokens, tokens, causal=True, weights=_layers(output.attentions))], read)


def _masked(checkpoint: Checkpoint, text: str, _target: str) -> Attention:
    tokens, read = _tokens(checkpoint, text)
    output = _run(checkpoint, input_ids=_batch(checkpoint, tokens))
    return Attention([Part("encoder", tokens, tokens, causal=False, weights=_layers(output.attentions))], read)


def _permutation(checkpoint: Checkpoint, text: str, _target: str) -> Attention:
    """XLNet in the order of the text: what is written in a place (content), and what knows the place alone (query).

    The first token has nothing before it that could be looked at, so its place is not predicted. Rows are places of
    the text in both streams, also where there are fewer targets.
    """
    tokens, read = _tokens(checkpoint, text, special=False)
    later = hidden(torch.tensor([[0, *[1] * (len(tokens) - 1)]]))
    mapping = torch.eye(len(tokens))[None, 1:]
    output = _run(
        checkpoint,
        input_ids=_batch(checkpoint, tokens),
        perm_mask=later.to(checkpoint.device, checkpoint.model.dtype),
        target_mapping=mapping.to(checkpoint.device, checkpoint.model.dtype) if len(tokens) > 1 else None,
        use_mems=False,
    )
    if len(tokens) == 1:
        return Attention([Part("content", tokens, tokens, causal=True, weights=_layers(output.attentions))], read)
    content, query = zip(*output.attentions, strict=True)
    parts = [
        Part("content", tokens, tokens, causal=True, weights=_layers(content)),
        Part("query", tokens[1:], tokens, causal=True, weights=[layer[:, 1:] for layer in _layers(query)]),
    ]
    return Attention(parts, read)


def _encoder_decoder(checkpoint: Checkpoint, text: str, target: str) -> Attention:
    most = most_tokens(checkpoint.architecture)
    adapter = EncoderDecoderAdapter(checkpoint, context_tokens=MAX_TOKENS)
    source, read = _tokens(checkpoint, text)
    if target:
        written = adapter.text_tokens(target)
        written = written[:-1] if written[-1] == adapter.eot_token_id else written
    else:
        written = decode(adapter, [Prompt(source, Decoding(), max_new_tokens=max(1, most - 1))])[0].tokens
    seen = [adapter.start, *written][:most]
    output = _run(
        checkpoint,
        input_ids=_batch(checkpoint, source),
        decoder_input_ids=_batch(checkpoint, seen),
        use_cache=False,
    )
    parts = [
        Part("encoder", source, source, causal=False, weights=_layers(output.encoder_attentions)),
        Part("decoder", seen, seen, causal=True, weights=_layers(output.decoder_attentions)),
        Part("cross", seen, source, causal=False, weights=_layers(output.cross_attentions)),
    ]
    return Attention(parts, read, len(written) + 1 if target else None)


_FAMILIES: Mapping[str, Callable[[Checkpoint, str, str], Attention]] = {
    "causal": _causal,
    "masked": _masked,
    "permutation": _permutation,
    "encoder-decoder": _encoder_decoder,
}


def _tokens(checkpoint: Checkpoint, text: str, *, special: bool = True) -> tuple[list[int], int]:
    """The first tokens of `text` (special ones at its end stay), and how many it has."""
    tokenizer, most = checkpoint.tokenizer, most_tokens(checkpoint.architecture)
    whole = tokenizer(text, add_special_tokens=special)["input_ids"]
    tokens = tokenizer(text, add_special_tokens=special, truncation=True, max_length=most)["input_ids"][:most]
    if not tokens:
        raise InvalidCheckpoint("The tokenizer makes no token of the text.")
    return list(tokens), len(whole)


def _batch(checkpoint: Checkpoint, tokens: Sequence[int]) -> torch.Tensor:
    known = checkpoint.architecture.vocabulary
    if max(tokens) >= known:
        raise InvalidCheckpoint(f"The tokenizer gives token {max(tokens)}, but the model knows only {known}.")
    return torch.tensor([tokens], device=checkpoint.device)


def _run(checkpoint: Checkpoint, **inputs: Any) -> Any:
    return checkpoint.model(**inputs, output_attentions=True, return_dict=True)


def _layers(attentions: Sequence[torch.Tensor] | None) -> list[torch.Tensor]:
    """(heads, rows, columns) of each layer, on the CPU."""
    return [layer[0].float().cpu() for layer in attentions or () if layer is not None]


def _as_json(part: Part, checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "name": part.name,
        "rows": [_label(checkpoint, token) for token in part.rows],
        "columns": [_label(checkpoint, token) for token in part.columns],
        "causal": part.causal,
        "heads": len(part.weights[0]),
        "layers": [base64.b64encode(_float16(layer)).decode() for layer in part.weights],
    }


def _float16(layer: torch.Tensor) -> bytes:
    return bytes(layer.half().numpy().astype("<f2").tobytes())


def _label(checkpoint: Checkpoint, token: int) -> str:
    """The text of a token; of one that is only a part of a character, the tokenizer's own name."""
    text = checkpoint.tokenizer.decode([token])
    if not text or "\N{REPLACEMENT CHARACTER}" in text:
        text = checkpoint.tokenizer.convert_ids_to_tokens(token)
    return str(text)[:LABEL]
