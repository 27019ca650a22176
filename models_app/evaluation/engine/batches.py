"""Put requests of different lengths into few padded batches, and halve a batch that does not fit the memory."""

import logging
from collections.abc import Callable, Iterator, Sequence

import torch

log = logging.getLogger(__name__)
_PADDING = 16  # of a budget: a batch with more padding than this part of it costs more than one batch more
_NO_MEMORY = ("allocate memory", "not enough memory", "out of memory")


def token_batches(lengths: Sequence[int], budget: int, *, padding: int | None = None) -> Iterator[list[int]]:
    """Indices into `lengths`, longest first, in batches of at most `budget` tokens (rows x longest).

    At most `padding` (None: a sixteenth) of these stand for nothing. A row that is longer than the budget makes a batch
    of its own.
    """
    most = budget // _PADDING if padding is None else padding
    batch: list[int] = []
    padded = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        missing = lengths[batch[0]] - lengths[index] if batch else 0
        if batch and (lengths[batch[0]] * (len(batch) + 1) > budget or padded + missing > most):
            yield batch
            batch, padded, missing = [], 0, 0
        batch.append(index)
        padded += missing
    if batch:
        yield batch


def in_batches(
    lengths: Sequence[int], budget: int, run: Callable[[list[int]], None], *, padding: int | None = None
) -> int:
    """Call `run` with the indices of each of the `token_batches`, and with halves of one that does not fit.

    Gives how often a batch was halved. Whoever decodes takes all the `padding` that the budget holds: a step costs the
    same for few rows as for many.
    """
    return sum(with_back_off(batch, run) for batch in token_batches(lengths, budget, padding=padding))


def with_back_off(batch: list[int], run: Callable[[list[int]], None]) -> int:
    """Call ``run(batch)``; when memory runs out, its halves. Gives how often a batch was halved.

    A single row that does not fit raises as it did.
    """
    try:
        run(batch)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if len(batch) == 1 or not is_out_of_memory(error):
            raise
    else:
        return 0
    # Outside of the handler: the traceback would keep the failed batch's tensors alive.
    log.warning("out of memory with %d rows: trying halves", len(batch))
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    middle = len(batch) // 2
    return 1 + with_back_off(batch[:middle], run) + with_back_off(batch[middle:], run)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error`, of whatever class, says that memory ran out, on the CPU or a GPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(text in str(error).lower() for text in _NO_MEMORY)
