"""How each architecture is built, and which keys of ``config.json`` say how large: one row for each ``model_type``.

Read by pages, by the API and by the engine, so nothing here needs torch. What the engine alone needs to load a
checkpoint stands in ``evaluation/engine/layouts.py``.
"""

from dataclasses import dataclass
from typing import Literal

Stack = Literal["encoder", "decoder", "both"]
Attention = Literal["bidirectional", "causal", "permutation", "cross"]
Positions = Literal["absolute", "relative", "rotary", "alibi"]
Order = Literal["before", "after", "parallel"]


@dataclass(frozen=True)
class Keys:
    """Keys of ``config.json`` that size one stack of layers. None: the architecture has no such key."""

    layers: str = "num_hidden_layers"
    heads: str = "num_attention_heads"
    kv_heads: str | None = None  # None: as many as heads
    head_size: str | None = "head_dim"
    feed_forward: str | None = "intermediate_size"


@dataclass(frozen=True)
class Design:
    """`encoder` and `decoder` say how the layers of each are sized; an architecture has one of them, or both.

    `self_attention` is that of a single stack (of two, the encoder's is bidirectional and the decoder's causal).
    `context` is None where positions have no end; `position_rows` is how many rows the learned position table has
    beyond it, None where there is no such table; `positions_after_padding` says that positions begin behind that of
    the padding token. `order` is where a layer normalizes: before its blocks, after them, or once before both, which
    then run side by side; `order_unless` is (key, value, order then). `activation` is a key, or, where there is none,
    the name itself after a ``=``.
    """

    self_attention: Attention
    positions: Positions
    encoder: Keys | None = None
    decoder: Keys | None = None
    hidden: str = "hidden_size"
    context: str | None = "max_position_embeddings"
    position_rows: int | None = None
    positions_after_padding: bool = False
    activation: str = "hidden_act"
    gated: bool = False  # two projections, one through the activation, are multiplied
    tied: bool = True  # where the config does not say
    shared_layers: bool = False
    window: str | None = None
    norm: Literal["LayerNorm", "RMSNorm"] = "LayerNorm"
    order: Order = "before"
    order_unless: tuple[str, bool, Order] | None = None

    @property
    def stack(self) -> Stack:
        if self.encoder and self.decoder:
            return "both"
        return "encoder" if self.encoder else "decoder"


def _llama_like(*, tied: bool = False, window: str | None = None) -> Design:
    return Design(
        "causal",
        "rotary",
        decoder=Keys(kv_heads="num_key_value_heads"),
        gated=True,
        tied=tied,
        window=window,
        norm="RMSNorm",
    )


_BERT = Design("bidirectional", "absolute", encoder=Keys(), position_rows=0, order="after")
_ROBERTA = Design(
    "bidirectional", "absolute", encoder=Keys(), position_rows=0, positions_after_padding=True, order="after"
)
_GPT2 = Design(
    "causal",
    "absolute",
    decoder=Keys("n_layer", "n_head", feed_forward="n_inner"),
    hidden="n_embd",
    context="n_positions",
    position_rows=0,
    activation="activation_function",
)
_T5 = Design(
    "bidirectional",
    "relative",
    encoder=Keys("num_layers", "num_heads", head_size="d_kv", feed_forward="d_ff"),
    decoder=Keys("num_decoder_layers", "num_heads", head_size="d_kv", feed_forward="d_ff"),
    hidden="d_model",
    context=None,
    activation="feed_forward_proj",
    norm="RMSNorm",
)


def _bart_like(order: Order, position_rows: int | None = None) -> Design:
    return Design(
        "bidirectional",
        "absolute",
        encoder=Keys("encoder_layers", "encoder_attention_heads", head_size=None, feed_forward="encoder_ffn_dim"),
        decoder=Keys("decoder_layers", "decoder_attention_heads", head_size=None, feed_forward="decoder_ffn_dim"),
        hidden="d_model",
        position_rows=position_rows,
        activation="activation_function",
        order=order,
    )


DESIGNS: dict[str, Design] = {
    "gpt2": _GPT2,
    "gpt_neo": Design(
        "causal",
        "absolute",
        decoder=Keys("num_layers", "num_heads"),
        position_rows=0,
        activation="activation_function",
        window="window_size",
    ),
    "gptj": Design(
        "causal",
        "rotary",
        decoder=Keys("n_layer", "n_head", feed_forward="n_inner"),
        hidden="n_embd",
        context="n_positions",
        activation="activation_function",
        tied=False,
        order="parallel",
    ),
    "gpt_neox": Design(
        "causal",
        "rotary",
        decoder=Keys(),
        tied=False,
        order="parallel",
        order_unless=("use_parallel_residual", False, "before"),
    ),
    "opt": Design(
        "causal",
        "absolute",
        decoder=Keys(feed_forward="ffn_dim"),
        position_rows=2,  # the first two rows of the table are never used
        activation="activation_function",
        order_unless=("do_layer_norm_before", False, "after"),
    ),
    "bloom": Design(
        "causal",
        "alibi",
        decoder=Keys("n_layer", "n_head", feed_forward=None),
        context=None,
        activation="=gelu",
    ),
    "llama": _llama_like(),
    "mistral": _llama_like(window="sliding_window"),
    "qwen2": _llama_like(window="sliding_window"),
    "qwen3": _llama_like(window="sliding_window"),
    "gemma": _llama_like(tied=True),
    "phi": Design("causal", "rotary", decoder=Keys(kv_heads="num_key_value_heads"), tied=False, order="parallel"),
    "bert": _BERT,
    "albert": Design("bidirectional", "absolute", encoder=Keys(), position_rows=0, shared_layers=True, order="after"),
    "distilbert": Design(
        "bidirectional",
        "absolute",
        encoder=Keys("n_layers", "n_heads", head_size=None, feed_forward="hidden_dim"),
        hidden="dim",
        position_rows=0,
        activation="activation",
        order="after",
    ),
    "electra": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "xlnet": Design(
        "permutation",
        "relative",
        encoder=Keys("n_layer", "n_head", head_size="d_head", feed_forward="d_inner"),
        hidden="d_model",
        context=None,
        activation="ff_activation",
        order="after",
    ),
    "t5": _T5,
    "mt5": _T5,
    "bart": _bart_like("after", position_rows=2),
    # The positions of these two are sines, not learned.
    "marian": _bart_like("after"),
    "pegasus": _bart_like("before"),
}
