"""PNGs as a decoder of its own reads them, and how matrices lie in bytes."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.evaluation.attention.pictures import grid_step, head_picture, overview_picture
from models_app.evaluation.attention.rules import Part, matrix_of, npy


def part(rows: int, columns: int, *, heads: int = 1, layers: int = 1, causal: bool = False) -> Part:
    return Part("decoder", ["a"] * rows, ["b"] * columns, causal=causal, heads=heads, layers=layers)


def opacities(png: bytes) -> np.ndarray:
    """(height, width) of the opacity of each pixel; the palette's last entry is kept as it is."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert png[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + data))
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 3, 0, 0, 0]
    assert (len(chunks[b"PLTE"]), len(chunks[b"tRNS"])) == (768, 256)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not lines[:, 0].any()
    return lines[:, 1:]


@given(st.data())
def test_opacity_is_the_root_of_the_weight(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    weights = np.array(data.draw(st.lists(st.floats(0, 1), min_size=rows * columns, max_size=rows * columns)))
    head = weights.reshape(rows, columns).astype("<f2")

    found = opacities(head_picture(head.tobytes(), part(rows, columns)))

    assert found.tolist() == np.round(254 * np.sqrt(head.astype(float))).astype(int).tolist()
    assert matrix_of(head.tobytes(), part(rows, columns)) == head.tolist()


def test_what_may_not_be_seen_is_another_colour_than_nothing() -> None:
    head = np.array([[1, 0, 0], [1, 0, 0]], "<f2").tobytes()

    assert opacities(head_picture(head, part(2, 3, causal=True))).tolist() == [[254, 255, 255], [254, 0, 255]]
    assert opacities(head_picture(head, part(2, 3))).tolist() == [[254, 0, 0], [254, 0, 0]]


def test_an_overview_has_a_line_for_each_layer() -> None:
    array = np.zeros((2, 3, 2, 4), "<f2")
    array[1, 2, 0, 3] = 1
    shown = part(2, 4, heads=3, layers=2)

    found = opacities(overview_picture([layer.tobytes() for layer in array], shown))

    across, down = grid_step(shown)
    assert found.shape == (2 * down - 2, 3 * across - 2)
    assert np.argwhere(found == 254).tolist() == [[down, 2 * across + 3]]


@pytest.mark.parametrize("layers", [1, 12, 100])
def test_numpy_reads_the_file(layers: int) -> None:
    array = np.linspace(0, 1, layers * 2 * 3 * 4).reshape(layers, 2, 3, 4).astype("<f2")
    shown = part(3, 4, heads=2, layers=layers)

    content = npy(shown, [layer.tobytes() for layer in array])

    assert np.array_equal(np.load(io.BytesIO(content)), array)
    assert content.index(b"\n") % 64 == 63  # where numpy's own files begin their numbers
