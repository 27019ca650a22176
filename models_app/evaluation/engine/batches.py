"""Put requests of different lengths into few padded batches, and halve a batch that does not fit the memory."""

import logging
from collections.abc import Callable, Iterator, Sequence

import torch

log = logging.getLogger(__name__)
_NO_MEMORY = ("allocate memory", "not enough memory", "out of memory")


def token_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices into `lengths`, longest first, in batches of at most `budget` tokens (rows x longest).

    A row that is longer than the budget makes a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def in_batches(lengths: Sequence[int], budget: int, run: Callable[[list[int]], None]) -> int:
    """Call `run` with the indices of each of the `token_batches`, and with halves of one that does not fit.

    Gives how often a batch was halved.
    """
    return sum(with_back_off(batch, run) for batch in token_batches(lengths, budget))


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
