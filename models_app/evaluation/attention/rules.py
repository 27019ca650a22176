"""Pure rules of attention: what may be asked, what a worker may hand in, how weights lie in bytes.

No Django here: the engine reads the limits too.
"""

import base64
import binascii
import hashlib
import json
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

PARTS = ("encoder", "decoder", "cross", "content", "query")
MAX_CHARACTERS = 1000  # of a text: more than the tokens that are shown
MAX_TOKENS = 64  # of each text
MAX_BYTES = 16 * 2**20  # of all weights of a request: of the largest models fewer tokens fit
MAX_WAITING = 5  # texts of one member that wait
KEPT = timedelta(days=7)  # how long weights are kept
EXAMPLE = "She poured the tea because it was still warm."
EXAMPLE_MEMORY = 4 * 2**30  # the hub asks for an example where a checkpoint needs no more memory than this
# Of config.json: architectures that mix tokens otherwise.
WITHOUT_ATTENTION = frozenset({"mamba", "mamba2", "falcon_mamba", "rwkv", "xlstm", "hyena"})
_ONE = 0x3C00  # 1.0 in float16; positive numbers are in the order of their bits
_BYTES = 2  # of a weight


@dataclass(frozen=True)
class Part:
    """One kind of attention: `rows` look at `columns`, both as text; `causal`: row i sees the columns up to i only."""

    name: str
    rows: Sequence[str]
    columns: Sequence[str]
    causal: bool
    heads: int
    layers: int

    @property
    def head_bytes(self) -> int:
        return _BYTES * len(self.rows) * len(self.columns)


def key_of(text: str, target: str) -> str:
    """What two requests for the same have in common."""
    return hashlib.sha256(json.dumps([text, target]).encode()).hexdigest()


def parts_of(found: Mapping[str, Any]) -> list[Part]:
    """The parts of a stored result; none where it was deleted."""
    return [Part(**part) for part in found.get("parts", ())]


def read_layers(part: Mapping[str, Any]) -> list[bytes]:
    """The weights of each layer of a `part` as a worker sent it. Raises `ValueError` with a sentence."""
    wanted = _BYTES * part["heads"] * len(part["rows"]) * len(part["columns"])
    layers = [_decoded(text) for text in part["layers"]]
    for number, layer in enumerate(layers):
        if len(layer) != wanted:
            raise ValueError(f"Layer {number} of {part['name']} has {len(layer)} bytes of weights, not {wanted}.")
        if max(bits_of(layer)) > _ONE:
            raise ValueError(f"Layer {number} of {part['name']} holds what is no weight between 0 and 1.")
    return layers


def bits_of(weights: bytes) -> "array[int]":
    """The bit patterns of little-endian float16 `weights`."""
    bits = array("H", weights)
    if sys.byteorder == "big":
        bits.byteswap()
    return bits


def head_of(layer: bytes, part: Part, head: int) -> bytes:
    """The weights of one head of a `layer`."""
    return layer[head * part.head_bytes : (head + 1) * part.head_bytes]


def matrix_of(head: bytes, part: Part) -> list[list[float]]:
    """(rows, columns) of one head."""
    width = len(part.columns)
    values = struct.unpack(f"<{len(head) // _BYTES}e", head)
    return [list(values[start : start + width]) for start in range(0, len(values), width)]


def npy(part: Part, layers: Sequence[bytes]) -> bytes:
    """All weights of `part` as a file that ``numpy.load`` reads: float16, (layers, heads, rows, columns).

    Format 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    shape = (len(layers), part.heads, len(part.rows), len(part.columns))
    header = f"{{'descr': '<f2', 'fortran_order': False, 'shape': {shape}, }}".encode()
    padding = -(len(header) + 11) % 64
    header += b" " * padding + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"".join(layers)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"The weights are no base64: {error}.") from error
