"""Chunk indexes of the xorbs in use, each read from the database once while it is near at hand."""

from functools import lru_cache

from models_app.blobs.models import Xorb
from models_app.blobs.xet.xorb import ChunkIndex

_HELD = 16  # a full xorb of small chunks has an index of some 100 kB once parsed


class IndexCache:
    """For one reader or one registration. `get` raises `Xorb.DoesNotExist`."""

    def __init__(self) -> None:
        self.get = lru_cache(maxsize=_HELD)(_index_of)


def _index_of(xorb: str) -> ChunkIndex:
    row = Xorb.objects.get(pk=xorb)
    return ChunkIndex(bytes(row.chunk_index), row.stored_bytes, row.raw_bytes)
