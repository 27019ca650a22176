"""Hashes against the vectors of xet-core (aggregated_hashes.rs) and a plain re-statement of the tree."""

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from models_app.blobs.errors import ContentMismatch
from models_app.blobs.xet.hashing import NODE_KEY, ZERO_HASH, MerkleTree, file_hash, hash_text, parse_hash

A = "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6"
B = "c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72"
C = "0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37"
EIGHT = [
    ("0" * 64, 0),
    (A, 100),
    (B, 200),
    (C, 300),
    ("adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784", 400),
    ("4ac202caf347fc1e9c874b1ef6a1c5e619141eb775a6f43f0f0124ccd0060d9e", 500),
    ("b3b28636f65c149ea52eb1f94669466f70f033b54cea792824c696ba6ef3c389", 600),
    ("0e2c1a002aae913d2c0fc8ddfa4e9e14b7b311b3b0d458726d5d9f6a6318013c", 700),
]


@pytest.mark.parametrize(
    ("leaves", "root", "file"),
    [
        ([(A, 100)], A, "8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661"),
        (
            [(A, 100), (B, 200), (C, 300)],
            "71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc",
            "54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715",
        ),
        (
            EIGHT,
            "f62abe77e3fb9c954fe52b0028027ddc90c064c45951a4fd2211d87e5c0011db",
            "d1b068be5bbdb38992269e8efe61f601881e39f7a7585fd76883cc6ea5c23b44",
        ),
        (
            EIGHT * 8,
            "6554007c9b5d0a5e7918f79596a1b68815c1407535585435f5735db761f21b88",
            "a8640ab81d48854e00078e12b1ea8be5d90be0ffb5f73a15b7009981d093ddd8",
        ),
        (
            [(A, 100)] * 32,
            "0a0123c1617921883b7e13902095fcb86676e77c49120c33b233003b0af0e0a6",
            "53af4711fd1d5e5bdc7f931b6be932314d8d673cb16ad2482f6f5222eaf9e63d",
        ),
    ],
)
def test_vectors(leaves: list[tuple[str, int]], root: str, file: str) -> None:
    tree = MerkleTree()
    for value, size in leaves:
        tree.add(parse_hash(value), size)
    found = tree.root()
    assert hash_text(found) == root
    assert hash_text(file_hash(found)) == file


def test_no_chunks() -> None:
    assert MerkleTree().root() == ZERO_HASH


def plain_root(nodes: list[tuple[bytes, int]]) -> bytes:
    """The specification, level by level."""
    while len(nodes) > 1:
        above, position = [], 0
        while position < len(nodes):
            rest = nodes[position:]
            cut = len(rest) if len(rest) <= 2 else min(9, len(rest))
            for i in range(2, min(9, len(rest))):
                if int.from_bytes(rest[i][0][24:], "little") % 4 == 0:
                    cut = i + 1
                    break
            text = "".join(f"{hash_text(value)} : {size}\n" for value, size in rest[:cut])
            above.append((blake3(text.encode(), key=NODE_KEY).digest(), sum(size for _, size in rest[:cut])))
            position += cut
        nodes = above
    return nodes[0][0]


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.integers(1, 2**20)), min_size=1, max_size=200))
def test_streaming_equals_the_specification(nodes: list[tuple[bytes, int]]) -> None:
    tree = MerkleTree()
    for value, size in nodes:
        tree.add(value, size)
    assert tree.root() == plain_root(nodes)


@given(st.binary(min_size=32, max_size=32))
def test_text_round_trip(value: bytes) -> None:
    assert parse_hash(hash_text(value)) == value


@pytest.mark.parametrize("text", ["", "0" * 63, "G" * 64, "A" * 64, "0" * 64 + "\n"])
def test_bad_text(text: str) -> None:
    with pytest.raises(ContentMismatch):
        parse_hash(text)
