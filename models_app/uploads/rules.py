"""Which files are large, and what a safetensors header says: pure functions over bytes."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from hub.core.jsondata import MAX_NODES, TooComplex, storable

MAX_REGULAR_BYTES = 10 * 1024 * 1024  # larger files go to large-file storage
LENGTH_BYTES = 8  # little-endian u64 in front of a safetensors header
_DTYPE_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
}  # fmt: skip


def is_large(*, size: int, sample: bytes) -> bool:
    """Whether a file of `size` bytes that starts with `sample` belongs in large-file storage whatever its name."""
    return size > MAX_REGULAR_BYTES or b"\0" in sample


class Tensor(NamedTuple):
    dtype: str  # as safetensors writes it: F32, BF16, …
    shape: list[int]

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def read_tensors(header: bytes, *, file_size: int) -> dict[str, Tensor]:
    """{name: tensor} of a safetensors file of `file_size` bytes whose JSON header is `header`.

    Raises ValueError when the header is not one, or promises bytes that the file does not hold.
    """
    tensors = load_mapping(header, max_nodes=4_000_000)
    room = file_size - LENGTH_BYTES - len(header)
    return {name: _check_tensor(name, value, room) for name, value in tensors.items() if name != "__metadata__"}


def count_parameters(tensors: Iterable[Tensor]) -> dict[str, int]:
    """{dtype: number of elements}."""
    counts: Counter[str] = Counter()
    for tensor in tensors:
        counts[tensor.dtype] += tensor.elements
    return dict(counts)


def _check_tensor(name: str, value: Any, room: int) -> Tensor:
    match value:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(start), int(end)]}:
            pass
        case _:
            raise ValueError(f"tensor {name[:100]!r} has no dtype, shape and data_offsets")
    if not all(isinstance(side, int) and side >= 0 for side in shape) or not 0 <= start <= end <= room:
        raise ValueError(f"tensor {name[:100]!r} lies outside of the file")
    tensor = Tensor(dtype, shape)
    if dtype not in _DTYPE_BITS or tensor.elements * _DTYPE_BITS[dtype] != (end - start) * 8:
        raise ValueError(f"the shape of tensor {name[:100]!r} does not fit its bytes")
    return tensor


def load_mapping(text: bytes, *, max_nodes: int = MAX_NODES) -> dict[str, Any]:
    """A JSON object fit for a column. Raises ValueError for anything else, also for absurd size or depth."""
    try:
        value = storable(json.loads(text), max_nodes=max_nodes)
    except (RecursionError, TooComplex):
        raise ValueError("it is nested too deeply or too large") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 (a fault of the file, not of a caller)
    return value
