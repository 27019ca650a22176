"""Store flat objects and xorbs. Nothing is kept before the hub itself has hashed every byte of it."""

from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction

from hub.core.errors import StorageFull
from hub.core.files import DISK_FULL
from models_app.blobs.digest import BackgroundSha256
from models_app.blobs.errors import ContentMismatch, Swept
from models_app.blobs.keys import lfs_key, xorb_key
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.store import object_store
from models_app.blobs.use import in_use
from models_app.blobs.whole import remember_whole, state_of
from models_app.blobs.xet.xorb import MAX_STORED_BYTES, XorbCheck


def check_free(size: int) -> None:
    """Whether there is room for an upload of `size` bytes, which may turn out far smaller: at least for its first xorb.

    Raises `StorageFull`, at the one step of an upload by Xet where the client shows its user what the hub says.
    """
    free = object_store().free_bytes()
    if free is not None and free < min(size, MAX_STORED_BYTES):
        raise StorageFull(DISK_FULL)


def store_lfs(*, sha256: str, size: int, chunks: Iterable[bytes]) -> Blob:
    """Store the bytes of `chunks` as the blob `sha256`.

    Raises `ContentMismatch` if they have another hash or size, `StorageFull`; then nothing is kept. If the blob is
    there already, the bytes are checked all the same: sending them is what proves that the caller has them.
    """
    checked = _checked(chunks, sha256, size)
    blob = in_use(Blob.objects.filter(pk=sha256))
    if blob is not None and not (blob.flat and _lost(lfs_key(sha256))):
        for _ in checked:
            pass
        return blob
    object_store().put(lfs_key(sha256), checked)
    return _flat_blob(sha256, size)


def _flat_blob(sha256: str, size: int) -> Blob:
    with transaction.atomic():
        blob, created = Blob.objects.get_or_create(sha256=sha256, defaults={"size": size, "flat": True})
        _check_stored(lfs_key(sha256), new=created)
    return blob


def _lost(key: str) -> bool:
    """Whether an object is away although its row is there: after an accident, whoever still has the bytes heals it."""
    return not object_store().exists(key)


def _check_stored(key: str, *, new: bool) -> None:
    """The sweep of objects without a row holds that row's place while it deletes: it may have found an old object
    under `key`, and removed the one that was just put over it. Raises `Swept`; nothing is lost, but the time.
    """
    if new and not object_store().exists(key):
        raise Swept


def _checked(chunks: Iterable[bytes], sha256: str, size: int) -> Iterator[bytes]:
    held = 0
    with BackgroundSha256() as digest:
        for chunk in chunks:
            held += len(chunk)
            if held > size:
                raise ContentMismatch(f"More than the announced {size} bytes were sent.")
            digest.update(chunk)
            yield chunk
        if held < size:
            raise ContentMismatch(f"Only {held} of the announced {size} bytes were sent.")
        if digest.hexdigest() != sha256:
            raise ContentMismatch(f"The bytes sent have the sha256 {digest.hexdigest()}, not {sha256}.")


def store_part(*, key: str, size: int, chunks: Iterable[bytes]) -> str:
    """Keep one part of a multipart upload, over an earlier try; its sha256 serves as ETag.

    Raises `ContentMismatch` unless exactly `size` bytes came.
    """

    def counted() -> Iterator[bytes]:
        held = 0
        for chunk in chunks:
            held += len(chunk)
            if held > size:
                break
            digest.update(chunk)
            yield chunk
        if held != size:
            raise ContentMismatch(f"A part of {size} bytes was announced: send exactly that many.")

    with BackgroundSha256() as digest:
        object_store().put(key, counted())
        return digest.hexdigest()


def join_parts(*, keys: Sequence[str], sha256: str, size: int) -> Blob:
    """Store the concatenation of parts as the blob `sha256`; the parts stay. Raises as `store_lfs` does.

    A missing part raises `ObjectMissing`.
    """
    store = object_store()
    return store_lfs(
        sha256=sha256,
        size=size,
        chunks=(piece for key in keys for piece in store.open_range(key, 0, store.size(key))),
    )


def adopt_object(*, key: str, sha256: str, size: int) -> Blob:
    """Make the object `key`, which its sender can no longer change, the blob `sha256`; afterwards `key` is gone.

    Reads every byte of it once. Raises `ContentMismatch` (then the object stays under `key`), `ObjectMissing`.
    """
    store = object_store()
    for _ in _checked(store.open_range(key, 0, store.size(key)), sha256, size):
        pass
    blob = in_use(Blob.objects.filter(pk=sha256))
    if blob is not None:
        store.delete(key)
        return blob
    store.move(key, lfs_key(sha256))
    return _flat_blob(sha256, size)


def store_xorb(*, xorb: str, body: Iterable[bytes]) -> Xorb:
    """Store a xorb whose chunks hash to `xorb` (64 hex digits). Raises `ContentMismatch`, `StorageFull`.

    As with `store_lfs`, a xorb that is there already is read and checked to its end: the answer and the work are the
    same, so that nobody learns from them what others have stored.
    """
    check = XorbCheck(xorb, body)
    row = in_use(Xorb.objects.filter(pk=xorb))
    if row is not None and not _lost(xorb_key(xorb)):
        for _ in check.stored():
            pass
        return row
    object_store().put(xorb_key(xorb), check.stored())
    index = check.index
    sizes = {"stored_bytes": index.stored_bytes, "raw_bytes": index.raw_bytes}
    with transaction.atomic():
        row, created = Xorb.objects.get_or_create(hash=xorb, defaults=sizes | {"chunk_index": index.records})
        _check_stored(xorb_key(xorb), new=created)
    if (path := object_store().local_path(xorb_key(xorb))) is not None:
        remember_whole(state_of(path))  # only whole xorbs are ever put there
    return row
