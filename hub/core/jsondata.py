"""Foreign data made fit for a JSON column: finite, acyclic, and text that every database takes."""

import math
import re
from typing import Any

MAX_NODES = 50_000
MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TooComplex(ValueError):
    """More nodes or levels than we keep; also what a cycle or an alias bomb ends in."""


def storable(value: Any, *, max_nodes: int = MAX_NODES, max_depth: int = MAX_DEPTH) -> Any:
    """A copy of `value` from dicts, lists, text, numbers, booleans and None.

    Keys become text, NaN and infinities None, NUL and lone surrogates U+FFFD (PostgreSQL refuses them); anything else
    becomes its text. Shared parts are written out each time. Raises `TooComplex` beyond `max_nodes` or `max_depth`.
    """
    return _Copier(max_nodes, max_depth).copy(value, 0)


def storable_text(text: str) -> str:
    """`text` with U+FFFD in place of NUL and lone surrogates."""
    return _UNSTORABLE.sub("�", text)


class _Copier:
    def __init__(self, max_nodes: int, max_depth: int) -> None:
        self.left = max_nodes
        self.max_depth = max_depth

    def copy(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > self.max_depth:
            raise TooComplex
        if isinstance(value, dict):
            return {storable_text(str(key)): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, depth + 1) for item in value]
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if value is None or isinstance(value, bool | int):
            return value
        return storable_text(str(value))
