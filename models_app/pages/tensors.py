"""What a safetensors file holds, from its header alone: no weight is read."""

import math
from dataclasses import dataclass

from models_app.gitstore.repository import Entry, GitRepository
from models_app.repos.models import Repo
from models_app.uploads.rules import load_mapping
from models_app.uploads.weights import read_header

MAX_NODES = 4_000_000  # of the header's JSON
MAX_TENSORS = 500  # rows of the table; the totals count them all


@dataclass(frozen=True)
class Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class TensorTable:
    """`tensors` are the first `MAX_TENSORS` in the order of the file, `count` and `elements` are of all."""

    tensors: list[Tensor]
    count: int
    elements: int
    metadata: dict[str, str]


def read_tensors(repo: Repo, git: GitRepository, entry: Entry) -> TensorTable:
    """Raises ValueError where the header is not one."""
    header = load_mapping(read_header(repo, git, entry), max_nodes=MAX_NODES)
    metadata = header.pop("__metadata__", {})
    tensors = [_tensor(name, value) for name, value in header.items()]
    return TensorTable(
        tensors=tensors[:MAX_TENSORS],
        count=len(tensors),
        elements=sum(tensor.elements for tensor in tensors),
        metadata={str(key): str(value)[:200] for key, value in metadata.items()} if isinstance(metadata, dict) else {},
    )


def _tensor(name: str, value: object) -> Tensor:
    match value:
        case {"dtype": str(dtype), "shape": [*sides]} if all(isinstance(side, int) and side >= 0 for side in sides):
            return Tensor(name, dtype, tuple(sides))
    raise ValueError(f"tensor {name[:100]!r} has no dtype and shape")
