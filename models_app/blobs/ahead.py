"""Unpack beside sending: while one thread waits for a reader, another makes what comes next."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

_BATCH = 4  # pieces of some 256 kB that are handed over together: a hand-over is not free
_BATCHES = 3  # that may wait: memory stays bounded when the reader is the slower side


def ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, made in a thread that is gone when the iterator ends or is closed.

    `pieces` must leave the database alone: the thread would open a connection that nobody closes.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = deque(pool.submit(_batch, pieces) for _ in range(_BATCHES))
        while batch := waiting.popleft().result():
            waiting.append(pool.submit(_batch, pieces))
            yield from batch


def _batch(pieces: Iterator[bytes]) -> list[bytes]:
    return list(islice(pieces, _BATCH))
