from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.sandbox.client import Sandbox
from tests.models_app.evaluation_engine.checkpoints import save_checkpoint


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The saved checkpoint of an architecture; not to be changed."""
    made: dict[str, Path] = {}

    def folder(model_type: str) -> Path:
        if model_type not in made:
            made[model_type] = save_checkpoint(tmp_path_factory.mktemp(model_type), model_type)
        return made[model_type]

    return folder


@pytest.fixture
def adapter_of(checkpoint_folder: Callable[[str], Path]) -> Callable[..., CausalAdapter]:
    def make(model_type: str, **settings: int) -> CausalAdapter:
        folder = checkpoint_folder(model_type)
        checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
        return CausalAdapter(checkpoint, **({"context_tokens": 1024} | settings))

    return make


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The real sandbox with the real engine, warm for all tests of this process."""
    sandbox = Sandbox("models_app.evaluation.engine.run")
    yield sandbox
    sandbox.close()
