"""What is known of each architecture: which class loads it, what its config keys mean, what its tensors are called.

A new architecture is one more row here (and a checkpoint of it in the adapter's tests). Nothing is guessed from names
of repos, and nothing that is not in the table is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Positions = Literal["absolute", "relative", "rotary", "alibi"]


@dataclass(frozen=True)
class Layout:
    """`hidden`, `layers`, `heads`, `kv_heads`, `context`, `embedding_width` and `output_width` are keys of
    ``config.json``.

    `embedding` and `position_embedding` are ends of tensor names; `position_rows` is how many rows the position table
    has beyond the context; `positions_after_padding` says that a text's positions begin behind that of the padding
    token, whose number shortens the context. `decoder_layers` is the key of encoder–decoders, whose `layers` are the
    encoder's. `packs` says that several continuations may share one row (4-D mask and position ids). `full_class` is
    the class that also has the heads of `heads_for`, each of which a tensor name shows.
    """

    family: str
    model_class: str
    positions: Positions
    embedding: str
    hidden: str = "hidden_size"
    layers: str = "num_hidden_layers"
    decoder_layers: str | None = None
    heads: str = "num_attention_heads"
    kv_heads: str | None = None
    context: str | None = "max_position_embeddings"
    position_embedding: str | None = None
    position_rows: int = 0
    positions_after_padding: bool = False
    embedding_width: str | None = None  # None: as wide as the hidden states
    output_width: str | None = None  # of the body's last states; None: as wide as the hidden states
    shared_layers: bool = False  # all layers are the same tensors
    full_class: str | None = None
    heads_for: Mapping[str, str] = field(default_factory=dict)  # what a head is needed for → its tensor
    window: str | None = None
    writes_padding: bool = True  # False: nothing taught the checkpoint that padding is unlikely, so it is ruled out
    packs: bool = True
    attention: Literal["sdpa", "eager"] = "sdpa"  # the fastest implementation that transformers has for it

    @property
    def model_classes(self) -> tuple[str, ...]:
        return (self.model_class, *([self.full_class] if self.full_class else []))


def _llama_like(model_class: str, window: str | None = None) -> Layout:
    return Layout("causal", model_class, "rotary", "embed_tokens.weight", kv_heads="num_key_value_heads", window=window)


def _roberta_like(model_class: str) -> Layout:
    return Layout(
        "masked",
        model_class,
        "absolute",
        "word_embeddings.weight",
        position_embedding="embeddings.position_embeddings.weight",
        positions_after_padding=True,
    )


def _t5_like(model_class: str) -> Layout:
    return Layout(
        "encoder-decoder",
        model_class,
        "relative",
        "shared.weight",
        hidden="d_model",
        layers="num_layers",
        decoder_layers="num_decoder_layers",
        heads="num_heads",
        context=None,
        packs=False,
    )


def _bart_like(model_class: str, **differences: Any) -> Layout:
    return Layout(
        "encoder-decoder",
        model_class,
        "absolute",
        "shared.weight",
        hidden="d_model",
        layers="encoder_layers",
        decoder_layers="decoder_layers",
        heads="encoder_attention_heads",
        packs=False,
        **differences,
    )


LAYOUTS: dict[str, Layout] = {
    "gpt2": Layout(
        "causal",
        "GPT2LMHeadModel",
        "absolute",
        "wte.weight",
        hidden="n_embd",
        layers="n_layer",
        heads="n_head",
        context="n_positions",
        position_embedding="wpe.weight",
    ),
    "gpt_neo": Layout(
        "causal",
        "GPTNeoForCausalLM",
        "absolute",
        "wte.weight",
        layers="num_layers",
        heads="num_heads",
        position_embedding="wpe.weight",
        packs=False,  # its local attention builds a window of its own from a 2-D mask
        attention="eager",
    ),
    "gptj": Layout(
        "causal",
        "GPTJForCausalLM",
        "rotary",
        "wte.weight",
        hidden="n_embd",
        layers="n_layer",
        heads="n_head",
        context="n_positions",
        attention="eager",
    ),
    "gpt_neox": Layout("causal", "GPTNeoXForCausalLM", "rotary", "embed_in.weight"),
    "opt": Layout(
        "causal",
        "OPTForCausalLM",
        "absolute",
        "decoder.embed_tokens.weight",
        position_embedding="embed_positions.weight",
        position_rows=2,  # the first two rows of OPT's table are never used
        embedding_width="word_embed_proj_dim",
        output_width="word_embed_proj_dim",
    ),
    "bloom": Layout(
        "causal",
        "BloomForCausalLM",
        "alibi",
        "word_embeddings.weight",
        layers="n_layer",
        heads="n_head",
        context=None,
        packs=False,  # ALiBi's distances are read off the 2-D mask
        attention="eager",
    ),
    "llama": _llama_like("LlamaForCausalLM"),
    "mistral": _llama_like("MistralForCausalLM", window="sliding_window"),
    "qwen2": _llama_like("Qwen2ForCausalLM", window="sliding_window"),
    "qwen3": _llama_like("Qwen3ForCausalLM", window="sliding_window"),
    "gemma": _llama_like("GemmaForCausalLM"),
    "phi": _llama_like("PhiForCausalLM"),
    "bert": Layout(
        "masked",
        "BertForMaskedLM",
        "absolute",
        "word_embeddings.weight",
        position_embedding="embeddings.position_embeddings.weight",
        full_class="BertForPreTraining",
        heads_for={"next_sentence": "cls.seq_relationship.weight"},
    ),
    "albert": Layout(
        "masked",
        "AlbertForMaskedLM",
        "absolute",
        "word_embeddings.weight",
        position_embedding="embeddings.position_embeddings.weight",
        embedding_width="embedding_size",
        shared_layers=True,
    ),
    "distilbert": Layout(
        "masked",
        "DistilBertForMaskedLM",
        "absolute",
        "word_embeddings.weight",
        hidden="dim",
        layers="n_layers",
        heads="n_heads",
        position_embedding="embeddings.position_embeddings.weight",
    ),
    "electra": Layout(
        "masked",
        "ElectraForMaskedLM",
        "absolute",
        "word_embeddings.weight",
        position_embedding="embeddings.position_embeddings.weight",
        embedding_width="embedding_size",
    ),
    "roberta": _roberta_like("RobertaForMaskedLM"),
    "xlnet": Layout(
        "permutation",
        "XLNetLMHeadModel",
        "relative",
        "word_embedding.weight",
        hidden="d_model",
        layers="n_layer",
        heads="n_head",
        context=None,
        packs=False,
        attention="eager",
    ),
    "xlm-roberta": _roberta_like("XLMRobertaForMaskedLM"),
    "t5": _t5_like("T5ForConditionalGeneration"),
    "mt5": _t5_like("MT5ForConditionalGeneration"),
    "bart": _bart_like(
        "BartForConditionalGeneration",
        position_embedding="encoder.embed_positions.weight",
        position_rows=2,  # as OPT's
    ),
    "marian": _bart_like("MarianMTModel", writes_padding=False),
    "pegasus": _bart_like("PegasusForConditionalGeneration"),
}
