"""The large files of an import: each is checked by its sha256, and one that breaks off goes on where it was."""

from collections.abc import Iterator

from django.conf import settings

from community.members.models import User
from models_app.blobs.errors import ContentMismatch
from models_app.blobs.keys import part_key
from models_app.blobs.services import store_lfs
from models_app.blobs.store import object_store
from models_app.imports.progress import Progress
from models_app.imports.source import LargeContent, Source
from models_app.repos.models import Repo
from models_app.uploads.grants import Destination, grant, granted
from models_app.uploads.multipart import complete_multipart, discard, part_count, receive_part, start_multipart


def fetch_files(*, user: User, repo: Repo, source: Source, files: list[LargeContent], progress: Progress) -> None:
    """Bring the bytes of `files` into the store and grant them to `repo`.

    What the hub stores for others is fetched all the same: the sha256 alone, which anybody may write, opens nothing.
    """
    here = granted(repo, (file.sha256 for file in files))
    for file in files:
        if file.sha256 in here:
            progress.add(file.size)
        else:
            _fetch(user, repo, source, file, progress)
        progress.file_done()


def _fetch(user: User, repo: Repo, source: Source, file: LargeContent, progress: Progress) -> None:
    size, sha256 = file.size, file.sha256

    def counted(start: int, end: int) -> Iterator[bytes]:
        for piece in source.read(file.path, file.commit, start, end):
            progress.add(len(piece))
            yield piece

    if size <= settings.LFS_PART_BYTES:
        grant(repo, store_lfs(sha256=sha256, size=size, chunks=counted(0, size)))
        return
    upload = start_multipart(user=user, destination=Destination(repo), sha256=sha256, size=size, direct=False)
    for number in range(1, part_count(upload) + 1):
        start = (number - 1) * upload.chunk_size
        end = min(start + upload.chunk_size, size)
        if object_store().exists(part_key(str(upload.pk), number)):
            progress.add(end - start)  # from before a restart
        else:
            receive_part(upload=upload, number=number, chunks=counted(start, end))
    try:
        complete_multipart(upload=upload)
    except ContentMismatch:
        discard(upload)  # else the next try would find the wrong parts again
        raise
