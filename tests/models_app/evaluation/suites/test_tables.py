"""Columns and rows of a file, seen without reading the rows."""

import contextlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.evaluation.suites.tables import NotATable, Shape, shape_of

ROWS = [
    {"question": "Why?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "scores": [[0.5], []], "right": True},
    {"question": None, "choices": {"text": [], "label": []}, "scores": [], "right": False},
]


def parquet(rows: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def look(path: str, content: bytes) -> Shape:
    return shape_of(path, len(content), lambda start, end: content[start:end])


def test_a_parquet_file() -> None:
    assert look("x.parquet", parquet(ROWS)) == Shape(("question", "choices", "scores", "right"), 2)


def test_as_pushed_by_datasets() -> None:
    datasets = pytest.importorskip("datasets")
    file = io.BytesIO()
    datasets.Dataset.from_list([{f"c{n}": n for n in range(40)}] * 1000).to_parquet(file)
    assert look("x.parquet", file.getvalue()) == Shape(tuple(f"c{n}" for n in range(40)), 1000)


def test_json_lines() -> None:
    assert look("x.jsonl", b'{"b": 1, "a": 2}\n\n{"a": 3}\n') == Shape(("b", "a"), 2)


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("x.csv", b"a,b\n", "only .parquet and .jsonl files are read"),
        ("x.jsonl", b" \n", "it has no rows"),
        ("x.jsonl", b"[1]\n", "its first line is no JSON object"),
        ("x.jsonl", b"<html>\n", "its first line is no JSON"),
        ("x.parquet", b"", "it is no Parquet file"),
        ("x.parquet", b"version https://git-lfs", "it is no Parquet file"),
        ("x.parquet", b"PAR1\x19\x4c\x08\x00\x00\x00PAR1", "footer"),
        ("x.parquet", b"\x19" * 100_000 + (100_000).to_bytes(4, "little") + b"PAR1", "its footer cannot be read"),
    ],
)
def test_what_is_no_table(path: str, content: bytes, why: str) -> None:
    with pytest.raises(NotATable, match=why):
        look(path, content)


def test_a_parquet_file_without_rows() -> None:
    with pytest.raises(NotATable, match="it has no rows"):
        look("x.parquet", _empty())


def _empty() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), file)
    return file.getvalue()


@given(st.binary(max_size=400))
def test_any_footer_is_read_or_refused(footer: bytes) -> None:
    content = b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    with contextlib.suppress(NotATable):
        look("x.parquet", content)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_spoilt_footer_is_read_or_refused(place: int, value: int) -> None:
    content = bytearray(parquet(ROWS))
    content[place % len(content)] = value
    with contextlib.suppress(NotATable):
        look("x.parquet", bytes(content))
