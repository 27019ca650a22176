"""Does sharing a context change the scores of this checkpoint? Asked of the checkpoint itself, before anything else."""

import logging
from typing import TYPE_CHECKING

import torch

from models_app.evaluation.engine.layouts import LAYOUTS
from models_app.evaluation.engine.rows import Pair, packed_rows, plain_rows

if TYPE_CHECKING:
    from models_app.evaluation.engine.causal import CausalAdapter

TOLERANCE = 1e-5  # per token in float32: an order below what records promise
_COARSE = 2e-2  # per token in half precision, where two batch shapes already differ by that much
log = logging.getLogger(__name__)


def packing_is_exact(adapter: "CausalAdapter") -> bool:
    """Compare shared with single scoring on a seeded probe of two contexts with continuations of different lengths."""
    architecture = adapter.checkpoint.architecture
    if not LAYOUTS[architecture.model_type].packs or adapter.max_length < _LONGEST:
        return False
    if architecture.window is not None and architecture.window < adapter.max_length:
        return False  # a branch would look further back than the window allows
    pairs = _probe(architecture.vocabulary)
    tolerance = TOLERANCE if adapter.model.dtype == torch.float32 else _COARSE
    try:
        shared = _scores(adapter, pairs, shared=True)
        single = _scores(adapter, pairs, shared=False)
    except (TypeError, ValueError) as error:
        log.warning("contexts are not shared: %s", error)
        return False
    exact = all(
        abs(a - b) <= tolerance * len(pair.continuation) for a, b, pair in zip(shared, single, pairs, strict=True)
    )
    if not exact:
        log.warning("contexts are not shared: the scores would differ")
    return exact


_LENGTHS = ((24, 7), (24, 1), (24, 4), (9, 3), (9, 5))  # (context, continuation) in tokens
_LONGEST = 24 + 7 + 4


def _probe(vocabulary: int) -> list[Pair]:
    generator = torch.Generator().manual_seed(0)
    contexts = {length: torch.randint(vocabulary, (length,), generator=generator).tolist() for length, _ in _LENGTHS}
    return [
        Pair(contexts[context], torch.randint(vocabulary, (length,), generator=generator).tolist())
        for context, length in _LENGTHS
    ]


def _scores(adapter: "CausalAdapter", pairs: list[Pair], *, shared: bool) -> list[float]:
    rows = (packed_rows if shared else plain_rows)(pairs, limit=adapter.max_length)
    sums = [0.0] * len(pairs)
    requests = [target[2] for row in rows for target in row.targets]
    for request, value in zip(requests, adapter.forward(rows)[0], strict=True):
        sums[request] += value
    return sums
