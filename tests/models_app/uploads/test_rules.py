"""Which files are large, and what a safetensors header says."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from models_app.uploads.rules import (
    LENGTH_BYTES,
    MAX_REGULAR_BYTES,
    count_parameters,
    is_large,
    load_mapping,
    read_tensors,
)

FILE_SIZE = 10_000


@pytest.mark.parametrize(
    ("size", "sample", "large"),
    [
        (10, b"text", False),
        (10, b"te\0xt", True),
        (MAX_REGULAR_BYTES, b"text", False),
        (MAX_REGULAR_BYTES + 1, b"text", True),
        (0, b"", False),
    ],
)
def test_large_is_what_is_long_or_binary(size: int, sample: bytes, *, large: bool) -> None:
    assert is_large(size=size, sample=sample) is large


def test_a_real_file_is_counted_by_dtype() -> None:
    content = save(
        {
            "a": np.zeros((3, 4), dtype=np.float32),
            "b": np.zeros((5,), dtype=np.float16),
            "scalar": np.zeros((), dtype=np.float32),
            "empty": np.zeros((0, 7), dtype=np.int64),
        },
        metadata={"format": "pt"},
    )
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    header = content[LENGTH_BYTES : LENGTH_BYTES + length]
    tensors = read_tensors(header, file_size=len(content))
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == {
        "a": (3, 4),
        "b": (5,),
        "scalar": (),
        "empty": (0, 7),
    }
    assert count_parameters(tensors.values()) == {"F32": 13, "F16": 5, "I64": 0}


def tensor(shape: Any = (2, 3), dtype: Any = "F32", offsets: Any = (0, 24)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    "lie",
    [
        tensor(shape=[2, 4]),
        tensor(shape=[10**9, 10**9]),
        tensor(shape=[-2, -3]),
        tensor(shape=[2, "3"]),
        tensor(shape=[2.0, 3]),
        tensor(shape=6),
        tensor(dtype="F33"),
        tensor(dtype=None),
        tensor(offsets=[24, 0]),
        tensor(offsets=[0]),
        tensor(offsets=[FILE_SIZE, FILE_SIZE + 24]),
        tensor(offsets=[-24, 0]),
        {},
        None,
        [],
    ],
)
def test_headers_that_lie_are_refused(lie: Any) -> None:
    with pytest.raises(ValueError, match=r"tensor 'w'"):
        read_tensors(json.dumps({"w": lie}).encode(), file_size=FILE_SIZE)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
)
def test_what_is_no_mapping_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_mapping(text)


def test_a_mapping_is_made_fit_for_every_database() -> None:
    assert load_mapping(b'{"a\\u0000": [NaN, Infinity, "\\ud800", 1e400]}') == {"a�": [None, None, "�", None]}


@given(st.binary(max_size=200))
def test_no_header_does_more_than_raise_value_error(header: bytes) -> None:
    try:
        tensors = read_tensors(header, file_size=FILE_SIZE)
    except ValueError:
        return
    assert all(count >= 0 for count in count_parameters(tensors.values()).values())
