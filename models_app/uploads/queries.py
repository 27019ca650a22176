"""How files that somebody is about to upload should travel, and where the bytes of large ones lie."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from community.members.actors import Actor
from models_app.blobs.dedup import landmarks
from models_app.blobs.models import Blob, Landmark
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import GitRepository
from models_app.gitstore.rules import check_path
from models_app.repos.models import Repo
from models_app.repos.queries import may_read_content, visible_repos
from models_app.uploads.errors import BlobMissing
from models_app.uploads.grants import granted
from models_app.uploads.models import UploadGrant
from models_app.uploads.rules import is_large

IGNORE_FILE = ".gitignore"
_MAX_IGNORE = 256 * 1024
_MAX_REPOS = 20


@dataclass(frozen=True)
class Candidate:
    """A file to come: its path, its size in bytes and its first bytes."""

    path: str
    size: int
    sample: bytes


@dataclass(frozen=True)
class UploadPlan:
    """`large`: by Xet or LFS. `oid`: of the present content, git's for a regular file, sha256 for a large one."""

    path: str
    large: bool
    ignored: bool
    oid: str | None


def plan_uploads(
    git: GitRepository, sha: str, candidates: Iterable[Candidate], *, ignore: str | None = None
) -> Iterator[UploadPlan]:
    """One plan per candidate for a commit on top of `sha`. `ignore` stands in for the commit's ``.gitignore``.

    Raises `PathRefused` for a path that could not be committed.
    """
    ignored = ignore_rules(_ignore_of(git, sha) if ignore is None else ignore)
    for candidate in candidates:
        check_path(candidate.path)
        present = _present(git, sha, candidate.path)
        yield UploadPlan(
            path=candidate.path,
            large=_is_large(git, sha, candidate),
            ignored=ignored.match_file(candidate.path),
            oid=None if present is None else present.lfs.sha256 if present.lfs else present.oid,
        )


def ignore_rules(text: str) -> GitIgnoreSpec:
    """The rules of a ``.gitignore`` file. As in git, a line that is no pattern means nothing."""
    # re2 matches in linear time: a member may write a pattern on which a backtracking engine would never end.
    patterns = []
    for line in text[:_MAX_IGNORE].splitlines():
        with contextlib.suppress(ValueError):
            patterns.append(GitIgnoreSpecPattern(line))
    return GitIgnoreSpec(patterns, backend="re2")


def _is_large(git: GitRepository, sha: str, candidate: Candidate) -> bool:
    if candidate.size == 0:
        return False  # clients never send an empty large file
    if git.attribute(sha, candidate.path, "filter") == "lfs":
        return True
    return is_large(size=candidate.size, sample=candidate.sample)


def _present(git: GitRepository, sha: str, path: str) -> Entry | None:
    try:
        entry = git.entry(sha, path)
    except EntryNotFound:
        return None
    return entry if entry.kind == "file" else None


def _ignore_of(git: GitRepository, sha: str) -> str:
    present = _present(git, sha, IGNORE_FILE)
    return git.read(present.oid).decode(errors="replace") if present and not present.lfs else ""


def blob_of(repo: Repo, entry: Entry) -> Blob:
    """The blob behind a large file of `repo`. Raises `BlobMissing`.

    A pointer alone opens nothing: anybody can write one as an ordinary file, with the sha256 of another's private blob.
    """
    blob = granted(repo, [entry.lfs.sha256]).get(entry.lfs.sha256) if entry.lfs is not None else None
    if blob is None:
        raise BlobMissing(entry.path)
    return blob


def xet_blob(repo: Repo, xet_hash: str) -> Blob | None:
    """The blob of `repo` with this Xet hash, if it is made of xorbs."""
    return Blob.objects.filter(grants__repo=repo, xet_hash=xet_hash, flat=False).first()


def known_chunk(actor: Actor, chunk: str) -> Landmark | None:
    """Where `actor` may read the chunk with this hash: in a file committed in a repo whose files are open to them.

    Others' private files must not be told, though only those who have a chunk know its hash: the answer would confirm a
    guess about a file, and show how many chunks it has and which of them the guesser can guess too. What was sent to a
    visible repo but not committed there counts as private.
    """
    holding = UploadGrant.objects.filter(committed=True, blob__landmarks__hash=chunk).values("repo")
    # Without a gate first. Of a chunk that is in very many repos, no more than some are worth a look.
    for repo in visible_repos(actor).filter(pk__in=holding).order_by("gated", "pk")[:_MAX_REPOS]:
        if may_read_content(actor, repo):
            grants = UploadGrant.objects.filter(repo=repo, committed=True)
            return landmarks(chunk).filter(blob__grants__in=grants).order_by("-pk").first()
    return None
