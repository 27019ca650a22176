"""A hub that keeps every xorb, believes every shard and looks at none: no hub that keeps what it is sent is faster.

``gunicorn bench.careless`` is ``hub.wsgi`` without the work that a hub does on what it is sent: nothing is unpacked or
hashed. It is the limit beside which uploads are measured, and nothing else.
"""

from collections.abc import Iterable, Iterator

from hub.wsgi import application
from models_app.blobs.keys import xorb_key
from models_app.blobs.models import Blob
from models_app.blobs.registration import Progress
from models_app.blobs.store import object_store
from models_app.blobs.xet.shard import read_shard
from models_app.hfapi import xet

__all__ = ["application"]


def _keep(*, xorb: str, body: Iterable[bytes]) -> None:
    object_store().put(xorb_key(xorb), body)


def _believe(shard: memoryview) -> Iterator[Progress | Blob]:
    for file in read_shard(shard):
        size = sum(term.size for term in file.terms())
        yield Progress(size, size)
        yield Blob.objects.get_or_create(sha256=file.sha256, defaults={"size": size, "flat": True})[0]


vars(xet).update(store_xorb=_keep, register_shard=_believe)
