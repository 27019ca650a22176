"""Read a blob, wherever its bytes lie."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from models_app.blobs.ahead import ahead
from models_app.blobs.errors import ContentMismatch, ObjectMissing
from models_app.blobs.index_cache import IndexCache
from models_app.blobs.keys import lfs_key, xorb_key
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.blobs.store import LocalStore, object_store
from models_app.blobs.whole import DAMAGED, check_whole, is_known_whole, remember_whole, state_of
from models_app.blobs.xet.chunks import Run, runs, unpack
from models_app.blobs.xet.hashing import chunk_hash
from models_app.blobs.xet.xorb import ChunkIndex

_PAGE = 256  # segments read from the database at once: no cursor stays open during a slow download


def blob_path(blob: Blob) -> Path | None:
    """The file that holds exactly this blob, for sendfile; None if it has to be put together by `open_blob`."""
    return object_store().local_path(lfs_key(blob.sha256)) if blob.flat else None


def blob_url(blob: Blob, *, seconds: int, name: str) -> str | None:
    """Where on another host anybody may fetch exactly this blob for `seconds`; None if the hub has to send it."""
    return object_store().download_url(lfs_key(blob.sha256), seconds=seconds, name=name) if blob.flat else None


def xorb_url(xorb: str, span: tuple[int, int], *, seconds: int) -> str | None:
    """Where on another host anybody may fetch just these stored bytes of a xorb; None if the hub has to send them."""
    return object_store().download_url(xorb_key(xorb), seconds=seconds, span=span)


def accel_path(path: Path) -> str:
    """Where below the store's folder a file of it lies: what nginx must be told to send it."""
    store = object_store()
    if not isinstance(store, LocalStore):
        raise TypeError("only a store of local files has paths")
    return path.relative_to(store.root).as_posix()


@dataclass(frozen=True)
class Content:
    """`size` bytes that can be sent: `read(start, end)` gives them in pieces; `path` is a file of just them, if any."""

    size: int
    path: Path | None
    read: Callable[[int, int], Iterator[bytes]]


def blob_content(blob: Blob) -> Content:
    """The bytes of a blob. Raises `ObjectMissing`, also if it is flat and its object was cut off."""
    if blob.flat:
        return _object_content(lfs_key(blob.sha256), blob.size)
    return Content(blob.size, None, partial(_rebuild, blob))


def xorb_content(xorb: Xorb) -> Content:
    """The stored bytes of a xorb: compressed chunks. Raises `ObjectMissing` as `blob_content` does, also if damaged."""
    content = _object_content(xorb_key(xorb.hash), xorb.stored_bytes)
    if content.path is not None:
        check_whole(xorb.hash, content.path)
    return content


def _object_content(key: str, size: int) -> Content:
    store = object_store()
    if store.size(key) != size:  # a client would wait for the rest
        raise ObjectMissing(f"{key} is not whole: ask the hub's operator to run manage.py fsck.")
    return Content(size, store.local_path(key), partial(store.open_range, key))


def open_blob(blob: Blob, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes [start, end) of the blob (to its end without `end`), in pieces of some 256 KiB.

    Memory is bounded by a few pieces and chunk indexes, whatever the size.
    """
    end = blob.size if end is None else min(end, blob.size)
    if blob.flat:
        return object_store().open_range(lfs_key(blob.sha256), start, end)
    return _rebuild(blob, start, end)


def _rebuild(blob: Blob, start: int, end: int) -> Iterator[bytes]:
    indexes = IndexCache()
    for segment in segments_of(blob, start, end):
        first = max(start - segment.start, 0)
        last = min(end - segment.start, segment.size)
        index = indexes.get(segment.xorb_id)
        base = index.raw_at(segment.first_chunk)
        yield from ahead(read_raw(segment.xorb_id, index, base + first, base + last))


def segments_of(blob: Blob, start: int, end: int) -> Iterator[BlobSegment]:
    """The segments that hold bytes [start, end), in order."""
    segments = blob.segments.order_by("start")
    holding = segments.filter(start__lte=start).last()
    start = holding.start if holding is not None else 0
    while page := list(segments.filter(start__gte=start, start__lt=end)[:_PAGE]):
        yield from page
        start = page[-1].start + page[-1].size


def read_raw(xorb: str, index: ChunkIndex, start: int, end: int, *, hashed: bool = True) -> Iterator[bytes]:
    """Bytes [start, end) of the concatenated raw chunks of a xorb, in pieces of some 256 KiB.

    Every chunk is hashed again, unless the whole xorb was found whole a short while ago (`whole`): of one that was
    damaged on its disk nothing wrong is served. Raises `ContentMismatch` then, `ObjectMissing`. Without `hashed` it is
    the caller who finds out.
    """
    if start >= end:
        return
    path = object_store().local_path(xorb_key(xorb))
    state = state_of(path) if path is not None else None
    hashed = hashed and not (state is not None and is_known_whole(state))
    first, last = index.chunk_of(start), index.chunk_of(end - 1)
    stored = object_store().open_range(xorb_key(xorb), index.stored_at(first), index.stored_at(last + 1))
    number, at = first, index.raw_at(first)
    try:
        for run in runs(stored):
            after = number + len(run.chunks)
            raw = _unpacked(run, index.hashes(number, after) if hashed else None)
            yield raw[max(start - at, 0) : max(end - at, 0)]
            number, at = after, at + len(raw)
    except ContentMismatch as error:
        raise ContentMismatch(DAMAGED.format(xorb)) from error
    if hashed and state is not None and (first, last) == (0, len(index) - 1):
        remember_whole(state)


def _unpacked(run: Run, hashes: list[bytes] | None) -> bytes:
    """The raw bytes of a run, whose chunks must have these `hashes` if any are given."""
    raw = np.empty(sum(chunk.raw_size for chunk in run.chunks), np.uint8)
    found, at = [], 0
    for start, end, scheme, raw_size in run.chunks:
        content = raw[at : at + raw_size]
        unpack(scheme, run.stored[start:end], content)
        if hashes is not None:
            found.append(chunk_hash(content.data))
        at += raw_size
    if hashes is not None and found != hashes:
        raise ContentMismatch("Chunks are not those that were stored.")
    return raw.tobytes()
