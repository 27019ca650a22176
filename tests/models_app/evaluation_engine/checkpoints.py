"""Tiny checkpoints with random weights, one an architecture, and ways to spoil them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import PreTrainedTokenizerFast

from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.training import train_masked_tokenizer, train_source_tokenizer, train_tokenizer

TEXT = "The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过了懒狗。 3 + 4 = 7\n" * 20
CONTEXT = 128
_BASE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}
_GROUPED = _BASE | {"num_key_value_heads": 2}
_OLD = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
CONFIGS: dict[str, dict[str, Any]] = {
    "gpt2": _OLD,
    "gptj": _OLD | {"rotary_dim": 4},
    "gpt_neo": {
        "hidden_size": 32,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 16,
        "max_position_embeddings": CONTEXT,
    },
    "gpt_neox": _BASE,
    "opt": _BASE | {"ffn_dim": 64, "word_embed_proj_dim": 32},
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 4},
    "llama": _GROUPED,
    "mistral": _GROUPED | {"sliding_window": 32},
    "qwen2": _GROUPED,
    "qwen3": _GROUPED | {"head_dim": 8},
    "gemma": _GROUPED | {"head_dim": 8},
    "phi": _BASE,
}

PERMUTATION: dict[str, dict[str, Any]] = {"xlnet": {"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64}}
MASKED: dict[str, dict[str, Any]] = {
    "bert": _BASE,
    "albert": _BASE | {"embedding_size": 16},
    "distilbert": {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4, "max_position_embeddings": CONTEXT},
    "electra": _BASE | {"embedding_size": 16},
    "roberta": _BASE,
    "xlm-roberta": _BASE,
}
_T5: dict[str, Any] = {
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}
_BART: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": CONTEXT,
    "forced_eos_token_id": None,  # of the lm_eval command; nothing of the repo's decoding settings is ours
}
ENCODER_DECODER: dict[str, dict[str, Any]] = {
    "t5": _T5,
    "t5 v1.1": _T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "mt5": _T5 | {"num_decoder_layers": 2},  # a deeper decoder is more than its own cache has room for
    "bart": _BART | {"decoder_start_token_id": 1},
    "marian": _BART | {"decoder_start_token_id": 0},
    "marian apart": _BART | {"decoder_start_token_id": 0, "share_encoder_decoder_embeddings": False},
    "pegasus": _BART | {"decoder_start_token_id": 0},
}


def save_checkpoint(folder: Path, model_type: str = "gpt2") -> Path:
    """A checkpoint whose weights are large enough that every position and head matters to the scores.

    Behind a space, `model_type` may name a variant.
    """
    torch.manual_seed(7)
    tokenizer = _TOKENIZERS.get(model_type, train_tokenizer)([TEXT])
    kind = model_type.split(maxsplit=1)[0]
    end, padding = tokenizer.eos_token_id, tokenizer.pad_token_id
    config = transformers.CONFIG_MAPPING[kind](
        vocab_size=len(tokenizer),
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end if padding is None else padding,
        **(CONFIGS | MASKED | PERMUTATION | ENCODER_DECODER)[model_type],
    )
    model_class: Any = getattr(transformers, LAYOUTS[kind].model_classes[-1])
    model = model_class(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


_TOKENIZERS: dict[str, Callable[[Sequence[str]], PreTrainedTokenizerFast]] = {
    **dict.fromkeys(MASKED, train_masked_tokenizer),
    **dict.fromkeys(ENCODER_DECODER, train_source_tokenizer),
}


def edit_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
