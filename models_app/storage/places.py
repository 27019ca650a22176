"""In which files of which repositories a stored thing is, for operators."""

from collections.abc import Iterator

from models_app.blobs.models import Blob, Xorb
from models_app.gitstore.integrity import HistoryBroken, all_large_files
from models_app.repos.models import Repo

_UNUSED = "no commit points to it"


def told(repo: Repo, path: str, sha: str) -> str:
    return f"{repo.full_id}: {path or 'the root folder'} at {sha[:12]}"


def places_of_blob(blob: Blob) -> Iterator[str]:
    return _places({blob.pk})


def places_of_xorb(xorb: Xorb) -> Iterator[str]:
    return _places(set(Blob.objects.filter(segments__xorb=xorb).values_list("pk", flat=True)))


def _places(sha256s: set[str]) -> Iterator[str]:
    found = False
    repos = Repo.objects.filter(grants__blob__in=sha256s).distinct()
    for repo in repos.select_related("namespace").order_by("pk"):
        try:
            for file in all_large_files(repo.storage_id):
                if file.pointer.sha256 in sha256s:
                    found = True
                    yield told(repo, file.path, file.sha)
        except HistoryBroken:
            found = True
            yield f"{repo.full_id}: maybe more, its history cannot be read"
    if not found:
        yield _UNUSED
