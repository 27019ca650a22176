"""sha256 beside other work: while one thread reads, unpacks or writes, another hashes what came before."""

import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

_BATCH_BYTES = 1024 * 1024  # small pieces are handed over together: a hand-over costs as much as hashing some 50 kB
_BATCHES = 4  # that may wait: memory stays bounded when hashing is the slower side


class BackgroundSha256:
    """As ``hashlib.sha256``, in a thread that ends with the context. Pieces must not change after `update`."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pool = ThreadPoolExecutor(max_workers=1)  # starts its thread with the first batch: small files have none
        self._waiting: deque[Future[None]] = deque()
        self._batch: list[bytes] = []
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def update(self, piece: bytes) -> None:
        self._batch.append(piece)
        self._held += len(piece)
        if self._held >= _BATCH_BYTES:
            if len(self._waiting) == _BATCHES:
                self._waiting.popleft().result()
            self._waiting.append(self._pool.submit(self._hash, self._batch))
            self._batch, self._held = [], 0

    def _hash(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._digest.update(piece)

    def hexdigest(self) -> str:
        """Of everything so far, once it is hashed."""
        while self._waiting:
            self._waiting.popleft().result()
        self._hash(self._batch)
        self._batch, self._held = [], 0
        return self._digest.hexdigest()
