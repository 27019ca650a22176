"""Safetensors headers: what the weight files say they hold, read without loading a weight."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from models_app.evaluation.engine.errors import EvaluationFailure, InvalidCheckpoint, Unsafe

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}
_MAX_JSON = 32 * 2**20
_MAX_SHARDS = 1000


@dataclass(frozen=True)
class TensorInfo:
    shape: tuple[int, ...]
    dtype: str  # as safetensors writes it: F32, BF16, …

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`. Raises `InvalidCheckpoint` if it is missing, too large, or anything else."""
    if not path.is_file():
        raise InvalidCheckpoint(f"There is no {path.name}. Upload the folder that save_pretrained wrote.")
    if path.stat().st_size > _MAX_JSON:
        raise InvalidCheckpoint(f"{path.name} is larger than {_MAX_JSON // 2**20} MiB.")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidCheckpoint(f"{path.name} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InvalidCheckpoint(f"{path.name} must hold a JSON object.")
    return content


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the checkpoint: those of the index, else the single file.

    Raises `Unsafe` where there are only pickles and `InvalidCheckpoint` where something is missing.
    """
    if (folder / INDEX).is_file():
        return _shards(folder)
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    others = sorted(folder.glob("*.safetensors"))
    if len(others) == 1:
        return others
    if others:
        raise InvalidCheckpoint(f"There are {len(others)} safetensors files but no {INDEX} that says how they belong.")
    raise missing_weights(path.name for path in folder.iterdir())


def missing_weights(names: Iterable[str]) -> EvaluationFailure:
    """What to say of a checkpoint whose files `names` hold no safetensors."""
    if any(Path(name).suffix in PICKLES for name in names):
        return Unsafe(
            "The weights are Python pickles, which can run any code when they are loaded. Convert them to safetensors "
            "(model.save_pretrained does) and upload the checkpoint again."
        )
    return InvalidCheckpoint(f"There are no weights: {SINGLE} is missing.")


def _shards(folder: Path) -> list[Path]:
    names = read_json(folder / INDEX).get("weight_map")
    if not isinstance(names, dict) or not names or not all(isinstance(name, str) for name in names.values()):
        raise InvalidCheckpoint(f"{INDEX} has no weight_map of tensor names to files.")
    files = sorted(set(names.values()))
    if len(files) > _MAX_SHARDS:
        raise InvalidCheckpoint(f"{INDEX} names {len(files)} files; at most {_MAX_SHARDS} are read.")
    for name in files:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise InvalidCheckpoint(f"{INDEX} names {name[:200]!r}, which is no safetensors file of this repo's root.")
        if not (folder / name).is_file():
            raise InvalidCheckpoint(f"{INDEX} names {name[:200]!r}, which is missing.")
    return [folder / name for name in files]


def read_tensors(files: list[Path]) -> dict[str, TensorInfo]:
    """Name → shape and dtype over all `files`; each header is checked against its file's length by safetensors."""
    tensors: dict[str, TensorInfo] = {}
    for path in files:
        try:
            with safe_open(path, framework="numpy") as file:
                for name in file.keys():  # noqa: SIM118 (not a mapping)
                    part = file.get_slice(name)
                    tensors[name] = TensorInfo(tuple(part.get_shape()), part.get_dtype())
        except SafetensorError as error:
            raise InvalidCheckpoint(f"{path.name} is not a valid safetensors file: {error}.") from error
    if not tensors:
        raise InvalidCheckpoint("The weight files hold no tensor.")
    return tensors
