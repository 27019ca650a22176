"""The hashes of the Xet protocol (https://huggingface.co/docs/xet/hashing): BLAKE3, keyed by what is hashed.

A hash is 32 bytes here; its text writes each 8 bytes as one little-endian number in hex.
"""

import re
import struct

from blake3 import blake3

from models_app.blobs.errors import ContentMismatch

HASH_BYTES = 32
ZERO_HASH = bytes(HASH_BYTES)
DATA_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
VERIFICATION_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")

_TEXT = re.compile(r"[0-9a-f]{64}")
_MIN_GROUP = 3  # a group of nodes may end at its third member
_MAX_GROUP = 9
_MEAN_GROUP = 4


def hash_text(value: bytes) -> str:
    return "{:016x}{:016x}{:016x}{:016x}".format(*struct.unpack("<4Q", value))


def parse_hash(text: str) -> bytes:
    """The 32 bytes of `text`. Raises `ContentMismatch` unless it is 64 lower-case hex digits."""
    if not _TEXT.fullmatch(text):
        raise ContentMismatch("A Xet hash is written as 64 lower-case hexadecimal digits.")
    return struct.pack("<4Q", *(int(text[i : i + 16], 16) for i in range(0, 64, 16)))


def chunk_hash(content: bytes | memoryview) -> bytes:
    return blake3(content, key=DATA_KEY).digest()


def range_hash(chunk_hashes: bytes) -> bytes:
    """What proves that somebody knows the chunks of a range: a hash over their concatenated hashes."""
    return blake3(chunk_hashes, key=VERIFICATION_KEY).digest()


def file_hash(root: bytes) -> bytes:
    return blake3(root, key=ZERO_HASH).digest()


class MerkleTree:
    """The root over chunks given one by one, in memory that grows with the logarithm of their number.

    On each level a group ends after a node whose last 8 bytes are divisible by 4, but not before its third and not
    after its ninth node; each group becomes one node of the next level.
    """

    def __init__(self) -> None:
        self._levels: list[_Level] = []

    def add(self, value: bytes, size: int) -> None:
        self._add(0, value, size)

    def _add(self, depth: int, value: bytes, size: int) -> None:
        if depth == len(self._levels):
            self._levels.append(_Level())
        level = self._levels[depth]
        level.count += 1
        level.group.append((value, size))
        ends = value[24] % _MEAN_GROUP == 0 and len(level.group) >= _MIN_GROUP
        if ends or len(level.group) == _MAX_GROUP:
            self._close(depth)

    def _close(self, depth: int) -> None:
        group, self._levels[depth].group = self._levels[depth].group, []
        lines = "".join(f"{hash_text(value)} : {size}\n" for value, size in group)
        self._add(depth + 1, blake3(lines.encode(), key=NODE_KEY).digest(), sum(size for _, size in group))

    def root(self) -> bytes:
        """The root hash (zero without chunks); nothing can be added afterwards."""
        depth = 0
        while depth < len(self._levels):
            level = self._levels[depth]
            if level.count == 1:
                return level.group[0][0]
            if level.group:
                self._close(depth)
            depth += 1
        return ZERO_HASH


class _Level:
    def __init__(self) -> None:
        self.count = 0
        self.group: list[tuple[bytes, int]] = []
