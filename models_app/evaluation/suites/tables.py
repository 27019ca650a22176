"""What a file of rows says about itself: its columns and how many rows it has. No Django, no dependency.

The hub only looks: JSON Lines are counted, of Parquet the footer is read. What is in the rows is for the sandbox
(`engine.data`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SUFFIXES = (".parquet", ".jsonl")
_MAGIC = b"PAR1"
_TAIL_BYTES = 8  # the footer's length and the magic number
_MAX_FOOTER = 4 * 2**20
# Of Thrift's compact protocol: two of its types, the mark of a list of 15 elements or more, and of another byte.
_TRUE, _FALSE, _LONG, _MORE = 1, 2, 15, 128
_MAX_BITS = 64
_MAX_DEPTH = 20  # of structs and lists in a footer
ReadRange = Callable[[int, int], bytes]


class NotATable(ValueError):
    """A file that cannot be read as its name promises; the message says why."""


@dataclass(frozen=True)
class Shape:
    """The names of a file's columns (of JSON Lines: the first row's), and its number of rows."""

    columns: tuple[str, ...]
    rows: int


def shape_of(path: str, size: int, read: ReadRange) -> Shape:
    """Of the file at `path` with `size` bytes, of which ``read(start, end)`` gives some. Raises `NotATable`."""
    if path.endswith(".parquet"):
        return _of_parquet(size, read)
    if path.endswith(".jsonl"):
        return _of_json_lines(read(0, size))
    raise NotATable(f"only {' and '.join(SUFFIXES)} files are read")


def _of_json_lines(content: bytes) -> Shape:
    lines = [line for line in content.split(b"\n") if line.strip()]
    if not lines:
        raise NotATable("it has no rows")
    try:
        first = json.loads(lines[0])
    except (ValueError, RecursionError) as error:
        raise NotATable("its first line is no JSON") from error
    if not isinstance(first, dict):
        raise NotATable("its first line is no JSON object")
    return Shape(tuple(first), len(lines))


def _of_parquet(size: int, read: ReadRange) -> Shape:
    tail = read(max(0, size - _TAIL_BYTES), size)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or not 0 < length <= min(_MAX_FOOTER, size - _TAIL_BYTES):
        raise NotATable("it is no Parquet file, or its footer is too large")
    footer = read(size - _TAIL_BYTES - length, size - _TAIL_BYTES)
    try:
        metadata = _Thrift(footer).struct(only=frozenset({2, 3}))  # FileMetaData: 2 is the schema, 3 the number of rows
        shape = Shape(tuple(_top_level(metadata[2])), int(metadata[3]))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise NotATable("its footer cannot be read") from error
    if shape.rows < 1:
        raise NotATable("it has no rows")
    return shape


def _top_level(schema: list[Mapping[int, Any]]) -> Iterator[str]:
    """The schema is a tree, depth first: each element has a name (4) and a number of children (5)."""
    at = 1
    for _ in range(schema[0].get(5, 0)):
        yield schema[at][4].decode()
        at = _after(schema, at)


def _after(schema: list[Mapping[int, Any]], at: int) -> int:
    """Where the next sibling of the element `at` stands."""
    open_children = 1
    while open_children:
        open_children += schema[at].get(5, 0) - 1
        at += 1
    return at


@dataclass
class _Thrift:
    """Reads Thrift's compact protocol, which Parquet footers are written in.

    https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    """

    content: bytes
    at: int = field(default=0)

    def struct(self, depth: int = 0, *, only: frozenset[int] = frozenset()) -> dict[int, Any]:
        """Field id → value; with `only`, up to the last of those fields."""
        found: dict[int, Any] = {}
        number = 0
        while not only or not only <= found.keys():
            head = self._byte()
            if head == 0:
                break
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deep")
        readers: dict[int, Callable[[], Any]] = {
            _TRUE: self._byte,  # in lists
            _FALSE: self._byte,
            3: self._byte,
            4: self._integer,
            5: self._integer,
            6: self._integer,
            7: lambda: self._bytes(8),
            8: lambda: self._bytes(self._unsigned()),
            9: lambda: self._list(depth + 1),
            10: lambda: self._list(depth + 1),
            12: lambda: self.struct(depth + 1),
        }
        return readers[kind]()

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = self._unsigned() if head >> 4 == _LONG else head >> 4
        if size > len(self.content):
            raise ValueError("more elements than bytes")
        return [self._value(head & 15, depth) for _ in range(size)]

    def _bytes(self, length: int) -> bytes:
        if length > len(self.content) - self.at:
            raise ValueError("cut off")
        self.at += length
        return self.content[self.at - length : self.at]

    def _byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while shift < _MAX_BITS:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < _MORE:
                return value
            shift += 7
        raise ValueError("a number without end")

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
