"""The one way to large bytes: the store that HUB_OBJECT_STORE names."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from models_app.blobs.stores.address import local_root, s3_address
from models_app.blobs.stores.interface import PIECE_BYTES, ObjectStore
from models_app.blobs.stores.local import LocalStore

__all__ = ["PIECE_BYTES", "LocalStore", "ObjectStore", "object_store", "store_at"]


def object_store() -> ObjectStore:
    """The hub's store; opened once per process."""
    return store_at(settings.OBJECT_STORE)


def store_at(address: str) -> ObjectStore:
    """The store at an address like HUB_OBJECT_STORE. Raises `ImproperlyConfigured`."""
    return _store_at(address, settings.PUBLIC_URL)


@lru_cache(maxsize=4)
def _store_at(address: str, hub_url: str) -> ObjectStore:
    root = local_root(address)
    if root is not None:
        return LocalStore(Path(root))
    from models_app.blobs.stores.s3 import S3Store  # here: boto3 costs a start on local files a third of a second

    s3 = s3_address(address)
    return S3Store(s3, reachable=s3.reachable_beside(hub_url))
