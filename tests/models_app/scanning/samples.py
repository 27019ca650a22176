"""Files as members and attackers make them. Nothing here is ever loaded."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

MAGIC_OF_OLD_TORCH = 0x1950A86A20F9469CFC6C


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


EVIL = pickle.dumps(Evil(), protocol=2)
EVIL_TEXT = b"cos\nsystem\n(S'true'\ntR."  # protocol 0: no magic bytes
HARMLESS = pickle.dumps({"weights": [1.0, 2.0], "step": 3}, protocol=4)
ORDERED = pickle.dumps(OrderedDict(a=1), protocol=2)
CUSTOM = b"\x80\x02cmy_model\nNet\n)\x81."
CUT_OFF = HARMLESS[:-3]
OLD_TORCH = b"".join(
    pickle.dumps(part, protocol=2) for part in (MAGIC_OF_OLD_TORCH, 1001, {"little_endian": True}, OrderedDict(), [])
) + bytes(64)
# Lines that look like tokens of several services, made up.
TOKENS = {
    "Hub access token": "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIj",
    "GitHub Token": "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
    "AWS Access Key": "AKIA" + "IOSFODNN7EXAMPLE",
    "Private Key": "-----BEGIN " + "RSA PRIVATE KEY-----",
}


def archive(*, method: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    """A zip as torch writes it; ``data_pkl`` becomes ``model/data.pkl``."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, content in members.items():
            opened.writestr(f"model/{name.replace('_', '.')}", content)
    return file.getvalue()


def array(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array(value), allow_pickle=True)
    return file.getvalue()


def safetensors(*, end: int = 8) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, end]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(8)
