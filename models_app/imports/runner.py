"""Work off one import: fetch everything aside, then show it all at once."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from hub.core.batches import batched
from hub.core.errors import DomainError
from models_app.gitstore.repository import DEFAULT_BRANCH, GitRepository
from models_app.imports.errors import Interrupted, SourceFails
from models_app.imports.files import fetch_files
from models_app.imports.history import ASIDE, bring_history
from models_app.imports.models import ImportJob, ImportStage, ImportState
from models_app.imports.progress import Progress, claim
from models_app.imports.rules import MAX_ATTEMPTS, MAX_RUNNING, delay
from models_app.imports.source import LargeContent, Source
from models_app.repos.hooks import RefUpdate, RepoChange, repo_changed
from models_app.repos.models import Repo
from models_app.repos.queries import check_write
from models_app.repos.services import lock_repo, set_visibility
from models_app.uploads.grants import granted, mark_committed
from models_app.uploads.quotas import check_quota, check_room
from models_app.uploads.services import refresh_head

_AT_ONCE = 5000  # blobs that one query looks up

log = logging.getLogger(__name__)


def run(job_id: int) -> None:
    """What a worker does when it is rung: nothing if enough is under way, or the job is another's or over."""
    alive = ImportJob.objects.filter(state=ImportState.RUNNING, due_at__gt=timezone.now(), by_command=False)
    if alive.count() < MAX_RUNNING:
        progress = claim(job_id)
        if progress is not None:
            work(progress)


def work(progress: Progress, *, token: str = "") -> None:
    """Bring the job to its end, to a later try, or to a failure that its member can read."""
    job = progress.job
    try:
        _work(job, progress, token)
    except Interrupted:
        log.info("Import %s was cancelled, or taken over", job.pk)
    except SourceFails as error:
        _put_off(progress, error.sentence)
    except DomainError as error:
        _stop(progress, state=ImportState.FAILED, problem=error.message[:500], finished_at=timezone.now())
    except Exception:
        log.exception("Import %s stumbled", job.pk)
        _put_off(progress, _("Something went wrong on this hub; its operator finds it in the log."))


def _work(job: ImportJob, progress: Progress, token: str) -> None:
    actor, repo = Actor(user=job.user), job.repo
    check_write(actor, repo)
    source = Source(job.endpoint, repo.kind, job.source_id, token)
    check_room(repo.namespace)
    progress.begin(ImportStage.HISTORY)
    files = bring_history(actor=actor, repo=repo, source=source, progress=progress)
    check_quota(repo.namespace, {file.sha256: file.size for file in files})
    _begin_files(progress, files)
    fetch_files(user=job.user, repo=repo, source=source, files=files, progress=progress)
    _land(source, files, progress)


def _begin_files(progress: Progress, files: Sequence[LargeContent]) -> None:
    size = sum(file.size for file in files)
    progress.begin(ImportStage.FILES, files_total=len(files), files_done=0, bytes_total=size, bytes_done=0)


@transaction.atomic
def _land(source: Source, files: Sequence[LargeContent], progress: Progress) -> None:
    """Everything is here: move the branches and tags to their places, read the head, and let others see it."""
    job = progress.job
    repo = lock_repo(job.repo)
    progress.tell()
    _commit_to(repo, [file.sha256 for file in files])
    git = GitRepository.open(repo.storage_id)
    git.adopt(ASIDE)
    refresh_head(repo)
    others = [ref for ref in git.refs("refs/") if ref.ref != f"refs/heads/{DEFAULT_BRANCH}"]
    repo_changed(RepoChange("content", repo, tuple(RefUpdate(ref.ref, None, ref.target) for ref in others)))
    Repo.objects.filter(pk=repo.pk).update(source_url=source.url)
    if not job.private:
        set_visibility(actor=Actor(user=job.user), repo=repo, private=False)
    _stop(progress, state=ImportState.DONE, problem="", finished_at=timezone.now())


def _commit_to(repo: Repo, sha256s: Sequence[str]) -> None:
    """Note that commits of `repo` point to these blobs, all of which must still be here."""
    for wanted in batched(sha256s, _AT_ONCE):
        blobs = list(granted(repo, wanted).values())
        if len(blobs) != len(wanted):
            raise SourceFails(_("A large file went missing meanwhile."))
        mark_committed(repo, blobs)


def _put_off(progress: Progress, sentence: str) -> None:
    """Try again later; after many tries without getting on, fail."""
    attempts = ImportJob.objects.filter(pk=progress.job.pk).values_list("attempts", flat=True).first() or 1
    if attempts >= MAX_ATTEMPTS:
        _stop(progress, state=ImportState.FAILED, problem=sentence[:500], finished_at=timezone.now())
    else:
        wait: timedelta = delay(max(attempts, 1))
        _stop(progress, state=ImportState.QUEUED, problem=sentence[:500], due_at=timezone.now() + wait)


def _stop(progress: Progress, **fields: object) -> None:
    """Let go of the job; if it is not ours any more, there is nothing to say about it."""
    ImportJob.objects.filter(pk=progress.job.pk, state=ImportState.RUNNING, due_at=progress.held_until).update(**fields)
