"""The architecture of a checkpoint, against what transformers itself builds from the same config."""

from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from models_app.architectures.designs import DESIGNS
from models_app.architectures.rules import Outline, architecture
from models_app.evaluation.engine.layouts import LAYOUTS

VOCABULARY = 320
_BASE = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 70,
}
_GROUPED = _BASE | {"num_key_value_heads": 2}
_OLD = {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 70, "n_inner": 48}
_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 4}
_BART = {
    "d_model": 32,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 70,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "gpt2": _OLD,
    "gpt_neo": {
        "hidden_size": 32,
        "num_layers": 3,
        "num_heads": 4,
        "intermediate_size": 48,
        "attention_types": [[["global", "local", "global"], 1]],
        "window_size": 16,
        "max_position_embeddings": 70,
    },
    "gptj": _OLD | {"rotary_dim": 4},
    "gpt_neox": _BASE,
    "opt": {k: v for k, v in _BASE.items() if k != "intermediate_size"} | {"ffn_dim": 48, "word_embed_proj_dim": 32},
    "bloom": {"hidden_size": 32, "n_layer": 3, "n_head": 4},
    "llama": _GROUPED,
    "mistral": _GROUPED | {"sliding_window": 16},
    "qwen2": _GROUPED,
    "qwen3": _GROUPED | {"head_dim": 16},
    "gemma": _GROUPED | {"head_dim": 16},
    "phi": _BASE,
    "bert": _BASE,
    "albert": _BASE | {"embedding_size": 16},
    "distilbert": {"dim": 32, "hidden_dim": 48, "n_layers": 3, "n_heads": 4, "max_position_embeddings": 70},
    "electra": _BASE | {"embedding_size": 16},
    "roberta": _BASE,
    "xlm-roberta": _BASE,
    "xlnet": {"d_model": 32, "n_layer": 3, "n_head": 4, "d_inner": 48},
    "t5": _T5,
    "mt5": _T5,
    "bart": _BART,
    "marian": _BART | {"pad_token_id": 3},
    "pegasus": _BART,
}


def checkpoint(model_type: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """``config.json`` and `Outline.facet` of a checkpoint as transformers makes it."""
    config = transformers.CONFIG_MAPPING[model_type](vocab_size=VOCABULARY, **CONFIGS[model_type])
    with torch.device("meta"):
        model = getattr(transformers, LAYOUTS[model_type].model_class)(config)
    outline = Outline()
    for key, tensor in model.state_dict().items():
        outline.add(key, list(tensor.shape))
    return config.to_diff_dict(), outline.facet()


@pytest.mark.parametrize("model_type", DESIGNS)
def test_every_design_is_read_from_a_real_config(model_type: str):
    found = architecture(*checkpoint(model_type))
    assert found is not None
    assert found.checked
    assert (found.hidden_size, found.vocabulary) == (32, VOCABULARY)
    own_context = {"roberta": 68, "xlm-roberta": 68, "bloom": None, "xlnet": None, "t5": None, "mt5": None}
    assert found.context == own_context.get(model_type, 70)
    assert found.has_no_end == (model_type in {"bloom", "xlnet", "t5", "mt5"})
    kv_heads = 2 if model_type in {"llama", "mistral", "qwen2", "qwen3", "gemma"} else 4
    head_size = 16 if model_type in {"qwen3", "gemma"} else 8
    width = 128 if model_type == "bloom" else 48
    for layers in found.parts:
        assert (layers.heads, layers.kv_heads, layers.head_size) == (4, kv_heads, head_size)
        assert layers.feed_forward == width
    if found.stack == "both":
        assert [(part.part, part.count, part.attention) for part in found.parts] == [
            ("encoder", 3, ("bidirectional",)),
            ("decoder", 2, ("causal", "cross")),
        ]
    else:
        assert [part.count for part in found.parts] == [3]


@pytest.mark.parametrize("model_type", DESIGNS)
def test_what_transformers_takes_for_granted(model_type: str):
    config, outline = checkpoint(model_type)
    built = transformers.CONFIG_MAPPING[model_type](**CONFIGS[model_type])
    found = architecture(config, outline)
    assert found is not None
    assert found.tied == built.tie_word_embeddings
    assert architecture({k: v for k, v in config.items() if k != "tie_word_embeddings"}, outline) == found
    gated = {"llama", "mistral", "qwen2", "qwen3", "gemma"} | ({model_type} if model_type == "mt5" else set())
    assert found.gated == (model_type in gated)
    assert found.activation is not None


def test_the_engine_loads_every_design():
    assert {model_type: layout.design for model_type, layout in LAYOUTS.items()} == DESIGNS


@pytest.mark.parametrize(
    ("key", "lie"),
    [
        ("vocab_size", 2 * 10**9),
        ("vocab_size", "320"),
        ("vocab_size", 321),
        ("vocab_size", True),
        ("n_layer", 3000),
        ("n_layer", 2),
        ("n_head", 5),
        ("n_head", -4),
        ("n_inner", 10**30),
        ("n_positions", 4_000_000),
        ("activation_function", "<script>"),
        ("activation_function", ["gelu"]),
    ],
)
def test_what_the_weights_do_not_bear_out_is_not_known(key: str, lie: Any):
    config, outline = checkpoint("gpt2")
    truth, found = architecture(config, outline), architecture(config | {key: lie}, outline)
    assert truth is not None
    assert found is not None
    seen = {"vocab_size": found.vocabulary, "n_positions": found.context, "activation_function": found.activation}
    seen |= {"n_layer": found.parts[0].count, "n_head": found.parts[0].heads, "n_inner": found.parts[0].feed_forward}
    assert seen[key] is None
    assert found.hidden_size == truth.hidden_size


def test_without_headers_the_claims_stand_within_bounds():
    found = architecture({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "vocab_size": 10**9}, {})
    assert found is not None
    assert not found.checked
    assert (found.hidden_size, found.parts[0].count, found.vocabulary, found.parts[0].heads) == (768, 12, None, None)


@pytest.mark.parametrize(
    "config", [{}, {"model_type": "mamba"}, {"model_type": ["gpt2"]}, {"model_type": "bert", "is_decoder": True}]
)
def test_what_is_not_in_the_table_is_not_guessed(config: dict[str, Any]):
    assert architecture(config, {}) is None


def test_an_outline_of_endless_shapes_is_of_no_use():
    outline = Outline()
    for side in range(1, 5000):
        outline.add("w", [side])
    outline.add("empty", [0, 10**30])
    assert outline.facet() == {}
    assert Outline().facet() == {}


def test_layers_with_gaps_are_not_counted():
    outline = Outline()
    for layer in (0, 1, 3):
        outline.add(f"transformer.h.{layer}.attn.weight", [8, 8])
    assert outline.facet() == {"sides": [8], "layers": {}}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_keys = st.sampled_from(sorted({key for config in CONFIGS.values() for key in config} | {"pad_token_id", "vocab_size"}))


@given(st.sampled_from(sorted(DESIGNS)), st.dictionaries(_keys, _json, max_size=12))
def test_no_config_is_an_error_or_a_huge_number(model_type: str, config: dict[str, Any]):
    found = architecture(config | {"model_type": model_type}, {"sides": [8, 32], "layers": {"": 3}})
    assert found is None or all(
        size is None or 1 <= size <= 2**24
        for size in (found.hidden_size, found.vocabulary, found.context, found.window, *_sizes(found.parts))
    )


def _sizes(parts: Any) -> list[int | None]:
    return [n for part in parts for n in (part.count, part.heads, part.kv_heads, part.head_size, part.feed_forward)]
