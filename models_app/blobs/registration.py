"""Register the files of a shard: turn chunk ranges into blobs.

Who may name which xorb. The stock client sends the xorbs of new chunks before the shard, and otherwise names xorbs
that it, or another upload from the same machine, sent before (it keeps its shards for three weeks); those may have gone
to another repo. So a xorb is not bound to the repo that received it. What is asked for instead is proof: every range
must carry its verification, a hash over the hashes of all its chunks. The hub gives no chunk hash away (`dedup` keys
them), and only readers of a file learn the hashes of its xorbs, so only somebody who has (had) the bytes can make it.
The stock client always sends it; a shard without it is refused. An unknown xorb and a wrong proof get one and the same
answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction

from hub.core.errors import TooLarge
from models_app.blobs.dedup import is_landmark
from models_app.blobs.digest import BackgroundSha256
from models_app.blobs.errors import ContentMismatch
from models_app.blobs.index_cache import IndexCache
from models_app.blobs.models import Blob, BlobSegment, Landmark, Xorb
from models_app.blobs.reader import read_raw
from models_app.blobs.use import in_use, keep_xorbs
from models_app.blobs.xet.hashing import MerkleTree, file_hash, hash_text, range_hash
from models_app.blobs.xet.shard import ShardFile, Term, read_shard
from models_app.blobs.xet.xorb import ChunkIndex

# A few records of a shard can name the same chunks a million times: rebuilding what they claim must end.
MAX_FILE_BYTES = 500 * 10**9
_REPORT_BYTES = 64 * 1024 * 1024
_BATCH = 500


@dataclass(frozen=True)
class Progress:
    """`verified` of `total` bytes have been rebuilt and hashed."""

    verified: int
    total: int


@dataclass(frozen=True)
class _Checked:
    file: ShardFile
    size: int
    known: Blob | None  # a blob of the same chunks, whose bytes were hashed when it was made
    landmarks: dict[bytes, int]  # number of the term that holds it


def register_shard(shard: memoryview) -> Iterator[Progress | Blob]:
    """Check every file of `shard`, then rebuild each and yield its blob, with `Progress` in between.

    All checks that need no content come before the first item. A file counts only after its sha256 was computed from
    its rebuilt bytes (unless the very same chunks were before). Raises `ContentMismatch`, `TooLarge`; what was yielded
    until then stays. `shard` must stay readable until the iterator ends.
    """
    indexes = IndexCache()
    files = read_shard(shard)
    keep_xorbs({term.xorb for file in files for term in file.terms()})
    checked = [_check(file, indexes) for file in files]
    total = sum(item.size for item in checked if item.known is None)
    yield Progress(0, total)
    done = 0
    for item in checked:
        if item.known is not None:
            yield item.known
            continue
        reported = 0
        with BackgroundSha256() as digest:
            # The sha256 tells that all chunks were whole; only where none is given they are hashed themselves.
            for raw in _content(item.file, indexes, hashed=item.file.sha256 is None):
                digest.update(raw)
                done += len(raw)
                reported += len(raw)
                if reported >= _REPORT_BYTES:
                    reported = 0
                    yield Progress(done, total)
            sha256 = digest.hexdigest()
        if item.file.contradicts(sha256):
            for _ in _content(item.file, indexes, hashed=True):
                pass  # raises if it is the store's fault
        yield _save(item, sha256)


def _check(file: ShardFile, indexes: IndexCache) -> _Checked:
    """Ranges exist and are proven, and their chunks hash to the file's hash."""
    tree, size = MerkleTree(), 0
    landmarks: dict[bytes, int] = {}
    for position, term in enumerate(file.terms()):
        index = _proven(term, indexes)
        for number, value in enumerate(index.hashes(term.first, term.last), term.first):
            tree.add(value, index.raw_at(number + 1) - index.raw_at(number))
            if not landmarks or is_landmark(value):
                landmarks.setdefault(value, position)
        size += term.size
        if size > MAX_FILE_BYTES:
            raise TooLarge(f"File {file.hash} has more than {MAX_FILE_BYTES} bytes.")
    if not size or hash_text(file_hash(tree.root())) != file.hash:
        raise ContentMismatch(f"The ranges of file {file.hash} do not hash to it.")
    known = in_use(Blob.objects.filter(xet_hash=file.hash))
    if known is not None:
        _check_sha256(file, known.sha256)
    return _Checked(file, size, known, landmarks)


def _proven(term: Term, indexes: IndexCache) -> ChunkIndex:
    try:
        index = indexes.get(term.xorb)
    except Xorb.DoesNotExist:
        index = ChunkIndex(b"", 0, 0)
    if (
        not term.first < term.last <= len(index)
        or range_hash(b"".join(index.hashes(term.first, term.last))) != term.verification
        or index.raw_at(term.last) - index.raw_at(term.first) != term.size
    ):
        raise ContentMismatch(
            f"Chunks {term.first} to {term.last} of xorb {term.xorb} were not uploaded, or their verification is wrong."
        )
    return index


def _content(file: ShardFile, indexes: IndexCache, *, hashed: bool) -> Iterator[bytes]:
    for term in file.terms():
        index = indexes.get(term.xorb)
        yield from read_raw(term.xorb, index, index.raw_at(term.first), index.raw_at(term.last), hashed=hashed)


def _check_sha256(file: ShardFile, sha256: str) -> None:
    if file.contradicts(sha256):
        raise ContentMismatch(f"File {file.hash} has the sha256 {sha256}, not {file.sha256}.")


def _save(item: _Checked, sha256: str) -> Blob:
    """The blob of a rebuilt file; one that arrived flat before stays flat and learns its Xet hash."""
    _check_sha256(item.file, sha256)
    with transaction.atomic():
        in_use(Blob.objects.filter(pk=sha256))
        blob, created = Blob.objects.get_or_create(
            sha256=sha256, defaults={"size": item.size, "flat": False, "xet_hash": item.file.hash}
        )
        if created:
            BlobSegment.objects.bulk_create(_segments(blob, item.file.terms()), batch_size=_BATCH)
            found = (Landmark(hash=hash_text(h), blob=blob, position=at) for h, at in item.landmarks.items())
            Landmark.objects.bulk_create(found, batch_size=_BATCH)
        elif not blob.xet_hash:
            blob.xet_hash = item.file.hash
            blob.save(update_fields=["xet_hash"])
    return blob


def _segments(blob: Blob, terms: Iterable[Term]) -> Iterator[BlobSegment]:
    start = 0
    for position, term in enumerate(terms):
        yield BlobSegment(
            blob=blob,
            position=position,
            xorb_id=term.xorb,
            first_chunk=term.first,
            last_chunk=term.last,
            start=start,
            size=term.size,
        )
        start += term.size
