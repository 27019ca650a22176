"""Exact reads from bytes that arrive in pieces of any size."""

from collections.abc import Iterable


class Pieces:
    """`take(n)` is the next n bytes; fewer only at the end. Holds no more than it was asked for plus one piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""
        self._position = 0

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._buffer):
            self._refill(size)
            end = size
        taken = self._buffer[self._position : end]
        self._position = min(end, len(self._buffer))
        return taken

    def _refill(self, size: int) -> None:
        rest = self._buffer[self._position :]
        parts, held = [rest], len(rest)
        while held < size and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            held += len(piece)
        self._buffer, self._position = b"".join(parts), 0

    def drain(self) -> int:
        """Read to the end; the number of bytes thrown away."""
        dropped = len(self._buffer) - self._position + sum(len(piece) for piece in self._pieces)
        self._buffer, self._position = b"", 0
        return dropped
