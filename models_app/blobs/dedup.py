"""Tell clients which chunks are stored, so that they send only the others.

A client asks for the first chunk of a file and for one in about a thousand others: the landmarks. The answer names the
chunks of the blob behind a landmark from there on; the caller decides whose blobs may be looked into.
"""

import time
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from models_app.blobs.index_cache import IndexCache
from models_app.blobs.keys import xorb_key
from models_app.blobs.models import BlobSegment, Landmark
from models_app.blobs.store import object_store
from models_app.blobs.use import keep_xorbs
from models_app.blobs.xet.known import KnownXorb, known_shard
from models_app.blobs.xet.ranges import merge_ranges

# Clients keep an answer until it expires; what it names must outlive that, also if the blob is deleted now.
ANSWER_SECONDS = 24 * 3600
MAX_XORBS = 64  # 4 GiB of weights, in an answer of some 3 MB
MAX_SEGMENTS = 10_000
_RARITY = 1024  # fixed by the protocol


def is_landmark(chunk: bytes) -> bool:
    """Whether clients ask for this chunk hash, wherever in a file it is."""
    return int.from_bytes(chunk[24:], "little") % _RARITY == 0


def landmarks(chunk: str) -> QuerySet[Landmark]:
    """Where the chunk with this hash is, in whosever blobs."""
    return Landmark.objects.filter(hash=chunk)


def known_from(landmark: Landmark) -> bytes:
    """A shard of the chunks of the landmark's blob, from its segment on. Chunks of other blobs are not in it."""
    ranges: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for segment in _segments(landmark):
        if len(ranges) == MAX_XORBS and segment.xorb_id not in ranges:
            break
        ranges[segment.xorb_id].append((segment.first_chunk, segment.last_chunk))
    keep_xorbs(ranges)  # which the sweep may be about to take: the answer must hold
    indexes = IndexCache()
    store = object_store()
    now = int(time.time())
    return known_shard(
        (
            KnownXorb(xorb, indexes.get(xorb), merge_ranges(found))
            for xorb, found in ranges.items()
            if store.exists(xorb_key(xorb))  # after an accident the client must send it again
        ),
        # One key for all answers: clients look chunks up once per key that they have met.
        key=salted_hmac("models_app.blobs.dedup", store.generation(), algorithm="sha256").digest(),
        created=now,
        expires=now + ANSWER_SECONDS,
    )


def _segments(landmark: Landmark) -> Iterator[BlobSegment]:
    following = BlobSegment.objects.filter(blob=landmark.blob_id, position__gte=landmark.position)
    return iter(following.order_by("position")[:MAX_SEGMENTS])
