"""What the engine needs to load each architecture: which class does it, what its tensors are called, what it can do.

How large it is says the row of `architectures.designs` with the same name. A new architecture is one more row in both
tables (and a checkpoint of it in the adapter's tests). Nothing is guessed from names of repos, and nothing that is not
in the table is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from models_app.architectures.designs import DESIGNS, Design, Keys


@dataclass(frozen=True)
class Layout:
    """`embedding_width` and `output_width` are keys of ``config.json``, as those that `design` names.

    `embedding` and `position_embedding` are ends of tensor names. `packs` says that several continuations may share one
    row (4-D mask and position ids). `full_class` is the class that also has the heads of `heads_for`, each of which a
    tensor name shows.
    """

    design: Design
    family: str
    model_class: str
    embedding: str
    position_embedding: str | None = None
    embedding_width: str | None = None  # None: as wide as the hidden states
    output_width: str | None = None  # of the body's last states; None: as wide as the hidden states
    may_share: str | None = None  # None: there is one token embedding
    full_class: str | None = None
    heads_for: Mapping[str, str] = field(default_factory=dict)  # what a head is needed for → its tensor
    writes_padding: bool = True  # False: nothing taught the checkpoint that padding is unlikely, so it is ruled out
    packs: bool = True
    attention: Literal["sdpa", "eager"] = "sdpa"  # the fastest implementation that transformers has for it

    @property
    def keys(self) -> Keys:
        """Of the only stack, or of the encoder."""
        keys = self.design.encoder or self.design.decoder
        if keys is None:
            raise TypeError("A design has at least one stack.")
        return keys

    @property
    def decoder_layers(self) -> str | None:
        """The key of encoder–decoders, whose `keys` are the encoder's."""
        both = self.design.encoder and self.design.decoder
        return both.layers if both else None

    def shares_embedding(self, config: Mapping[str, Any]) -> bool:
        return self.may_share is None or bool(config.get(self.may_share, True))

    def embeddings(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """The ends of the names of all token embeddings that a checkpoint with this `config` has."""
        if self.shares_embedding(config):
            return (self.embedding,)
        return ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")

    @property
    def model_classes(self) -> tuple[str, ...]:
        return (self.model_class, *([self.full_class] if self.full_class else []))


def _causal(model_type: str, model_class: str, embedding: str = "embed_tokens.weight", **differences: Any) -> Layout:
    return Layout(DESIGNS[model_type], "causal", model_class, embedding, **differences)


def _masked(model_type: str, model_class: str, **differences: Any) -> Layout:
    return Layout(
        DESIGNS[model_type],
        "masked",
        model_class,
        "word_embeddings.weight",
        position_embedding="embeddings.position_embeddings.weight",
        **differences,
    )


def _encoder_decoder(model_type: str, model_class: str, **differences: Any) -> Layout:
    return Layout(DESIGNS[model_type], "encoder-decoder", model_class, "shared.weight", packs=False, **differences)


LAYOUTS: dict[str, Layout] = {
    "gpt2": _causal("gpt2", "GPT2LMHeadModel", "wte.weight", position_embedding="wpe.weight"),
    "gpt_neo": _causal(
        "gpt_neo",
        "GPTNeoForCausalLM",
        "wte.weight",
        position_embedding="wpe.weight",
        packs=False,  # its local attention builds a window of its own from a 2-D mask
        attention="eager",
    ),
    "gptj": _causal("gptj", "GPTJForCausalLM", "wte.weight", attention="eager"),
    "gpt_neox": _causal("gpt_neox", "GPTNeoXForCausalLM", "embed_in.weight"),
    "opt": _causal(
        "opt",
        "OPTForCausalLM",
        "decoder.embed_tokens.weight",
        position_embedding="embed_positions.weight",
        embedding_width="word_embed_proj_dim",
        output_width="word_embed_proj_dim",
    ),
    "bloom": _causal(
        "bloom",
        "BloomForCausalLM",
        "word_embeddings.weight",
        packs=False,  # ALiBi's distances are read off the 2-D mask
        attention="eager",
    ),
    "llama": _causal("llama", "LlamaForCausalLM"),
    "mistral": _causal("mistral", "MistralForCausalLM"),
    "qwen2": _causal("qwen2", "Qwen2ForCausalLM"),
    "qwen3": _causal("qwen3", "Qwen3ForCausalLM"),
    "gemma": _causal("gemma", "GemmaForCausalLM"),
    "phi": _causal("phi", "PhiForCausalLM"),
    "bert": _masked(
        "bert",
        "BertForMaskedLM",
        full_class="BertForPreTraining",
        heads_for={"next_sentence": "cls.seq_relationship.weight"},
    ),
    "albert": _masked("albert", "AlbertForMaskedLM", embedding_width="embedding_size"),
    "distilbert": _masked("distilbert", "DistilBertForMaskedLM"),
    "electra": _masked("electra", "ElectraForMaskedLM", embedding_width="embedding_size"),
    "roberta": _masked("roberta", "RobertaForMaskedLM"),
    "xlm-roberta": _masked("xlm-roberta", "XLMRobertaForMaskedLM"),
    "xlnet": Layout(
        DESIGNS["xlnet"],
        "permutation",
        "XLNetLMHeadModel",
        "word_embedding.weight",
        packs=False,
        attention="eager",
    ),
    "t5": _encoder_decoder("t5", "T5ForConditionalGeneration"),
    "mt5": _encoder_decoder("mt5", "MT5ForConditionalGeneration"),
    "bart": _encoder_decoder(
        "bart", "BartForConditionalGeneration", position_embedding="encoder.embed_positions.weight"
    ),
    "marian": _encoder_decoder(
        "marian", "MarianMTModel", may_share="share_encoder_decoder_embeddings", writes_padding=False
    ),
    "pegasus": _encoder_decoder("pegasus", "PegasusForConditionalGeneration"),
}
