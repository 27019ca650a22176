"""A text on its way: asked for by API, computed by a worker in a process of its own, fetched as numbers."""

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from models_app.evaluation.engine.sandbox.confinement import PROJECT
from tests.models_app.evaluation_engine.checkpoints import edit_json
from tests.models_app.evaluation_worker.conftest import TEXT, ask

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
ATTEND = "from models_app.evaluation.worker.loop import attend_until_idle; print('worked off', attend_until_idle())"


@pytest.fixture
def attend(worker_env: dict[str, str]) -> Callable[[], str]:
    """Let a worker compute whatever waits; gives its log."""

    def attend() -> str:
        done = subprocess.run(
            [sys.executable, "-c", ATTEND],
            cwd=PROJECT,
            env=worker_env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    return attend


def test_a_text_is_computed_and_is_what_transformers_says(
    upload: Callable[..., str], attend: Callable[[], str], http: httpx2.Client, tmp_path: Path
) -> None:
    asked = ask(http, upload())

    output = attend()

    found = http.get(asked).json()
    assert found["state"] == "done", output
    array = np.load(io.BytesIO(http.get(f"{asked}/decoder.npy").content))
    folder = tmp_path / "checkpoint"
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
    tokens = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    with torch.inference_mode():
        expected = torch.cat(model(**tokens, output_attentions=True).attentions).numpy()
    assert array.shape == expected.shape
    assert np.abs(array - expected).max() < 5e-4
    assert "worked off 1" in output


def test_a_broken_checkpoint_ends_with_a_sentence_and_the_next_one_works(
    upload: Callable[..., str], attend: Callable[[], str], http: httpx2.Client, tmp_path: Path
) -> None:
    lying = ask(http, upload(lambda folder: edit_json(folder / "config.json", lambda it: it.update(n_layer=3000))))
    shutil.rmtree(tmp_path / "checkpoint")
    good = ask(http, upload())

    output = attend()

    assert http.get(lying).json()["failure"] == {
        "class": "invalid_checkpoint",
        "reason": "config.json claims 3000 layers, but the weights hold 2.",
    }
    assert http.get(good).json()["state"] == "done", output
