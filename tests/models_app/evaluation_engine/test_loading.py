"""Checkpoints as they are really saved: in half precision, in shards, with tokenizers that pad on either side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from lm_eval.api.instance import Instance

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.loading import DTYPES, load_checkpoint
from models_app.evaluation.engine.run import ADAPTERS
from models_app.evaluation.engine.weights import read_tensors, weight_files
from tests.models_app.evaluation_engine.checkpoints import (
    CONFIGS,
    ENCODER_DECODER,
    MASKED,
    PERMUTATION,
    edit_json,
    save_checkpoint,
)

FolderOf = Callable[[str], Path]
EACH_FAMILY = ("gpt2", "bloom", "llama", "bert", "xlnet", "t5", "t5 v1.1", "bart", "marian apart")
PAIRS = [("The quick brown", " fox"), ("The quick brown", " dog jumps over"), ("敏捷的棕色", "狐狸跳过了")]


def scores(folder: Path, precision: str = "float32") -> list[float]:
    """Log-probabilities of `PAIRS` by the checkpoint in `folder`."""
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision=precision, device="cpu")
    adapter = cast("CausalAdapter", ADAPTERS[checkpoint.architecture.family](checkpoint, context_tokens=128))
    return [value for value, _ in adapter.loglikelihood([Instance("loglikelihood", {}, pair, 0) for pair in PAIRS])]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("model_type", [*CONFIGS, *MASKED, *PERMUTATION, *ENCODER_DECODER])
def test_shards_in_half_precision_are_the_weights_that_were_saved(tmp_path: Path, model_type: str, dtype: str):
    whole = read_architecture(save_checkpoint(tmp_path, model_type))
    model: Any = load_checkpoint(tmp_path, whole, precision="float32", device="cpu").model
    (tmp_path / "model.safetensors").unlink()
    model.to(DTYPES[dtype]).save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1

    architecture = read_architecture(tmp_path)
    loaded: Any = load_checkpoint(tmp_path, architecture, precision="float32", device="cpu").model

    assert (architecture.weight_dtype, architecture.parameters) == (
        {"bfloat16": "BF16", "float16": "F16"}[dtype],
        whole.parameters,
    )
    before, after = model.state_dict(), loaded.state_dict()
    names = before.keys() & read_tensors(weight_files(tmp_path)).keys()  # sines are computed, not saved
    assert len(names) > 10
    assert all(torch.equal(after[name], before[name].float()) for name in names)
    if loaded.config.tie_word_embeddings:
        assert loaded.get_output_embeddings().weight is loaded.get_decoder().get_input_embeddings().weight


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("model_type", EACH_FAMILY)
def test_scores_in_half_precision_are_near(checkpoint_folder: FolderOf, model_type: str, precision: str):
    folder = checkpoint_folder(model_type)

    assert scores(folder, precision) == pytest.approx(scores(folder), rel=0.05)


@pytest.mark.parametrize("model_type", EACH_FAMILY)
def test_the_side_that_a_tokenizer_pads_and_cuts_does_not_matter(tmp_path: Path, model_type: str):
    before = scores(save_checkpoint(tmp_path, model_type))
    sides = {"padding_side": "left", "truncation_side": "left"}
    edit_json(tmp_path / "tokenizer_config.json", lambda config: config.update(sides))

    assert scores(tmp_path) == before
