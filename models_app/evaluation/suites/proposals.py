"""New versions of suites, from members and votes: derived from a known one, or from a folder of a dataset repo."""

import json
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.reader import open_blob
from models_app.evaluation.errors import InvalidSuite, SuitesForbidden
from models_app.evaluation.models import SuiteFile, SuiteVersion
from models_app.evaluation.rules import PREVIEW_PRIORITY
from models_app.evaluation.services import has_checkpoint
from models_app.evaluation.suites.checks import MAX_BYTES, MAX_FILES, check_suite
from models_app.evaluation.suites.definitions import Files, InvalidDefinition, file_hashes, hashes_sha256
from models_app.evaluation.suites.derivation import Change, derive, numbered
from models_app.evaluation.suites.hub_data import check_hub_data
from models_app.evaluation.suites.versions import keep, may_change, queue_heads
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.repos.models import Repo
from models_app.repos.queries import check_content
from models_app.uploads.grants import granted

MAX_PREVIEWS = 50


def may_propose(actor: Actor) -> bool:
    return may_change(actor, "propose_suite")


def check_propose(actor: Actor) -> None:
    """Raises `SuitesForbidden` unless `actor` may propose versions and preview them."""
    if not may_propose(actor):
        raise SuitesForbidden


def propose_changes(*, actor: Actor, base: SuiteVersion, changes: Sequence[Change], note: str) -> SuiteVersion:
    """`derived`, for a member who may propose. Raises `SuitesForbidden` or `InvalidSuite`."""
    check_propose(actor)
    return derived(base=base, changes=changes, note=note, by=actor.user)


def propose_folder(*, actor: Actor, repo: Repo, folder: str, note: str) -> SuiteVersion:
    """The version in `folder` of the head of the dataset `repo`, which `actor` sees. Raises as `propose_changes` does.

    Also `GatedRepo`, and `EntryNotFound` where there is no such folder.
    """
    check_propose(actor)
    check_content(actor, repo)
    return propose(files=_files_of(repo, folder.strip("/")), note=note, by=actor.user)


def derived(*, base: SuiteVersion, changes: Sequence[Change], note: str, by: User | None = None) -> SuiteVersion:
    """The next version of the suite of `base` after `changes` (`derivation`), proposed. Asks for no permission.

    The same changes twice in a row are one version. Raises `InvalidSuite`.
    """
    try:
        files = derive(files_of(base), changes, version=base.version)
    except InvalidDefinition as error:
        raise InvalidSuite(str(error)) from error
    return propose_next(suite=base.suite, files=files, note=note, by=by)


@transaction.atomic
def propose_next(*, suite: str, files: Files, note: str, by: User | None = None) -> SuiteVersion:
    """Propose `files`, whatever version they say they are, as the next one of `suite`; if the newest one has the same
    content, that is it. Raises `InvalidSuite`.
    """
    versions = {row.version: row for row in _locked().filter(suite=suite)}
    newest = max(versions, default=0)
    if newest and _sha256(numbered(files, newest)) == versions[newest].sha256:
        return versions[newest]
    return propose(files=numbered(files, newest + 1), note=note, by=by)


@transaction.atomic
def propose(*, files: Files, note: str, by: User | None = None) -> SuiteVersion:
    """Keep `files` as the version that their suite.yaml names: whole, once, never changed. Asks for no permission.

    Files that are known under that version give the version that is there. Raises `InvalidSuite`.
    """
    try:
        content = check_suite(files)
    except InvalidDefinition as error:
        raise InvalidSuite(str(error)) from error
    suite, number, sha256 = content["suite"], content["version"], _sha256(files)
    known = {row.version: row for row in _locked().filter(suite=suite)}
    if number in known and known[number].sha256 == sha256:
        return known[number]
    check_hub_data(content)
    following = max(known, default=0) + 1
    if number != following:
        raise InvalidSuite(
            _("The next version of suite %(suite)s is %(following)d: write that into suite.yaml, not %(number)d.")
            % {"suite": suite, "following": following, "number": number}
        )
    return SuiteVersion.objects.create(
        suite=suite,
        version=number,
        sha256=sha256,
        definition=json.dumps(content),
        files=keep(files),
        proposed_by=by,
        note=note,
    )


def preview(*, actor: Actor, version: SuiteVersion, repos: Sequence[Repo]) -> int:
    """`queue_preview` of `repos`, which `actor` sees, for a member who may propose.

    Raises `SuitesForbidden` or `InvalidSuite`.
    """
    check_propose(actor)
    return queue_preview(version=version, repos=repos)


def queue_preview(*, version: SuiteVersion, repos: Sequence[Repo]) -> int:
    """Queue `repos` under `version` at low priority; gives how many have checkpoints. Asks for no permission.

    The results are shown on the page of `version` only, to those who may see the model, until it is activated.
    Raises `InvalidSuite`.
    """
    if len(repos) > MAX_PREVIEWS:
        raise InvalidSuite(_("A preview takes at most %d models at once.") % MAX_PREVIEWS)
    models = [repo for repo in repos if has_checkpoint(repo)]
    queue_heads(models, version, priority=PREVIEW_PRIORITY)
    return len(models)


def files_of(version: SuiteVersion) -> dict[str, bytes]:
    """Path → content of each file of `version`."""
    contents = SuiteFile.objects.in_bulk(list(version.files.values()))
    return {path: bytes(contents[sha256].content) for path, sha256 in version.files.items()}


def _locked() -> QuerySet[SuiteVersion]:
    """Versions, so that two proposals take turns; both would want the next number."""
    return SuiteVersion.objects.select_for_update().order_by("pk")


def _sha256(files: Files) -> str:
    return hashes_sha256(file_hashes(files))


def _files_of(repo: Repo, folder: str) -> dict[str, bytes]:
    """The files below `folder` of the head of `repo`, by their path within. Bounded before anything is read."""
    git = GitRepository.open(repo.storage_id)
    entries = [
        entry for entry in git.entries(git.resolve(DEFAULT_BRANCH), folder, recursive=True) if entry.kind == "file"
    ]
    if len(entries) > MAX_FILES or sum(entry.size for entry in entries) > MAX_BYTES:
        raise InvalidSuite(
            _("%(folder)s has more than %(files)d files or %(bytes)d MiB, the most that a suite may have.")
            % {"folder": folder or "/", "files": MAX_FILES, "bytes": MAX_BYTES // 2**20}
        )
    start = len(folder) + 1 if folder else 0
    return {entry.path[start:]: _content(repo, git, entry) for entry in entries if not _is_hidden(entry.path[start:])}


def _is_hidden(path: str) -> bool:
    return path.startswith(".")


def _content(repo: Repo, git: GitRepository, entry: Entry) -> bytes:
    blob = granted(repo, [entry.lfs.sha256]).get(entry.lfs.sha256) if entry.lfs is not None else None
    return git.read(entry.oid) if blob is None else b"".join(open_blob(blob, 0, blob.size))
