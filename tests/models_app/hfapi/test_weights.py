"""The headers of a checkpoint's shards in one answer."""

import json
import struct
from typing import Any

import pytest

from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo

HEADER = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
SHARD = struct.pack("<Q", len(json.dumps(HEADER))) + json.dumps(HEADER).encode() + bytes(8)
API = "/api/models/alice/tiny/safetensors-metadata"


def index(*shards: str) -> bytes:
    weight_map = {f"w{number}": shard for number, shard in enumerate(shards)}
    return json.dumps({"metadata": {"total_size": 8}, "weight_map": weight_map}).encode()


def test_the_index_and_its_shards(nobody: Caller, make_repo: MakeRepo) -> None:
    for folder in ("", "sub dir/"):
        files = {f"{folder}i.json": index("a.st", "b.st"), f"{folder}a.st": SHARD, f"{folder}b.st": SHARD}
        make_repo(f"tiny{len(folder)}", files=files)
        address = f"{API.replace('tiny', f'tiny{len(folder)}')}/{folder.replace(' ', '%20')}i.json"
        assert nobody.get(address).json() == {
            "index": {"metadata": {"total_size": 8}},
            "headers": {"a.st": HEADER, "b.st": HEADER},
        }


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"i.json": b"[]"}, 400),
        ({"i.json": b"{}"}, 400),
        ({"i.json": index("a.st"), "a.st": b"no header"}, 400),
        ({"i.json": index("none.st")}, 404),
        ({"i.json": index("../x")}, 404),
        ({"i.json/x": b"{}"}, 400),
        ({"other.json": b"{}"}, 404),
    ],
)
def test_what_cannot_be_read(nobody: Caller, make_repo: MakeRepo, files: dict[str, Any], status: int) -> None:
    make_repo(files=files)
    assert refusal(nobody.get(f"{API}/i.json"))[0] == status
