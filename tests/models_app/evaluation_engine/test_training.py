from pathlib import Path

import pytest
from safetensors.torch import load_file

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.training import ARCHITECTURES, train_small
from tests.models_app.evaluation_engine.checkpoints import TEXT

TEXT_ENOUGH = TEXT * 5


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_trained_checkpoint_can_be_evaluated(tmp_path: Path, architecture: str):
    loss = train_small(TEXT_ENOUGH, tmp_path, architecture=architecture, steps=2)

    found = read_architecture(tmp_path)
    assert 0 < loss < 10
    assert found.model_type == architecture
    assert found.parameters < 1_000_000
    load_checkpoint(tmp_path, found, precision="float32", device="cpu")


def test_the_same_arguments_give_the_same_weights(tmp_path: Path):
    losses = [train_small(TEXT_ENOUGH, tmp_path / name, steps=2, seed=3) for name in ("a", "b")]

    a, b = (load_file(tmp_path / name / "model.safetensors") for name in ("a", "b"))
    assert losses[0] == losses[1]
    assert all(bool((a[name] == b[name]).all()) for name in a)


def test_a_text_that_is_too_short_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="training needs more than"):
        train_small("Too short.", tmp_path)
