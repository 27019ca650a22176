"""Pure rules of who gets which run: how much memory a run needs, and what a worker has to give it."""

from collections.abc import Mapping
from typing import Any

CPU_QUEUE = "evaluate"
GPU_QUEUE = "evaluate-gpu"
BIG_GPU_QUEUE = "evaluate-big-gpu"
BIG_GPU_BYTES = 40 * 2**30  # GPUs from here on listen to a queue of their own

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}  # of a parameter, by the precision of a suite
# Bytes of a parameter, by the dtype of a safetensors header; others count as the widest.
_STORED = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "F32": 4}
_WIDEST = 8
_MARGIN = 1.2  # buffers, and whatever an architecture adds to its weights
_WORKING_BYTES = 2**29  # activations and logits of a batch, which is halved where even that does not suffice


def memory_needed(parameters: Mapping[str, int], precision: str) -> int | None:
    """Bytes that the evaluation of a checkpoint likely takes; None where its headers say nothing.

    `parameters` is {dtype: count} of the safetensors headers. While a checkpoint is loaded, its files are mapped beside
    the weights in the suite's `precision`, so both count.
    """
    if not parameters:
        return None
    loaded = sum(parameters.values()) * _BYTES.get(precision, 4)
    stored = sum(count * _STORED.get(dtype, _WIDEST) for dtype, count in parameters.items())
    return int(_MARGIN * loaded) + stored + _WORKING_BYTES


def room_of(hardware: Mapping[str, Any]) -> int | None:
    """Bytes that a worker gives a run; None when it did not say, which counts as enough."""
    room = hardware.get("run_memory_bytes")
    return None if room is None else int(room)


def fits(memory_bytes: int | None, hardware: Mapping[str, Any]) -> bool:
    """Whether a worker may be given a run that needs so much; what is not known is tried."""
    room = room_of(hardware)
    return memory_bytes is None or room is None or memory_bytes <= room


def queue_of(hardware: Mapping[str, Any]) -> str:
    """The Celery queue whose ring a worker hears."""
    if not hardware.get("gpu"):
        return CPU_QUEUE
    return BIG_GPU_QUEUE if (hardware.get("gpu_memory_bytes") or 0) >= BIG_GPU_BYTES else GPU_QUEUE
