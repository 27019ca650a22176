"""Copy all objects to another store."""

from collections.abc import Iterator

from models_app.blobs.errors import ObjectMissing
from models_app.blobs.store import ObjectStore, object_store
from models_app.blobs.stores.interface import StoredObject

KINDS = ("lfs", "xorbs")


def copy_objects(target: ObjectStore) -> Iterator[StoredObject]:
    """Copy what `target` does not have with the same size; each object as it is done.

    Parts of uploads under way stay: those uploads begin anew in the other store. So does the store's generation, and
    with it clients send what they only think that the hub has.
    """
    source = object_store()
    for kind in KINDS:
        there = {item.key: item.size for item in target.objects(kind)}
        for item in source.objects(kind):
            if there.get(item.key) != item.size and _copied(source, target, item):
                yield item


def _copied(source: ObjectStore, target: ObjectStore, item: StoredObject) -> bool:
    try:
        target.put(item.key, source.open_range(item.key, 0, item.size))
    except ObjectMissing:  # collected meanwhile
        return False
    return True
