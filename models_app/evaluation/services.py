"""What people and commits do to runs: queue, cancel, retry."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.models import User
from community.members.rules import Permission
from models_app.evaluation.errors import NothingToEvaluate, RunNotCancellable, RunNotRetryable
from models_app.evaluation.leases import gpu_worker_known
from models_app.evaluation.models import Run, RunState, SuiteVersion
from models_app.evaluation.rules import Suite, carries_weights
from models_app.evaluation.tasks import ring_workers
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write, may_write


def queue_head(repo: Repo) -> None:
    """What evaluation does when a head moves (a handler of `uploads.hooks`)."""
    queue_run(repo=repo)


@transaction.atomic
def queue_run(*, repo: Repo, requested_by: User | None = None) -> Run | None:
    """The run of the repo's head under the active suite version, queued now or known before.

    None when there is nothing to evaluate: no model, no weights at the head, or no active suite. Runs of earlier
    commits that nobody began are cancelled. Safe to call again: a key is queued once, whatever became of it.
    """
    _cancel_superseded(repo)
    suite_version = SuiteVersion.objects.filter(active=True).first()
    if suite_version is None or not has_checkpoint(repo):
        return None
    run, created = Run.objects.get_or_create(
        repo=repo,
        commit_sha=repo.head_sha,
        suite_version=suite_version,
        precision=Suite.from_json(suite_version.definition).precision,
        defaults={"requested_by": requested_by},
    )
    if created:
        ring_workers(gpu=gpu_worker_known())
    return run


def has_checkpoint(repo: Repo) -> bool:
    """Whether the head of `repo` is a model that can be evaluated (see `rules.carries_weights`)."""
    if repo.kind != RepoKind.MODEL or not repo.head_sha:
        return False
    return carries_weights(entry.path for entry in GitRepository.open(repo.storage_id).entries(repo.head_sha))


def _cancel_superseded(repo: Repo) -> None:
    superseded = Run.objects.filter(repo=repo, state=RunState.QUEUED).exclude(commit_sha=repo.head_sha)
    superseded.update(
        state=RunState.CANCELLED,
        finished_at=timezone.now(),
        failure_reason=f"Commit {repo.head_sha[:8]} took its place before a worker began.",
    )


@transaction.atomic
def cancel(*, actor: Actor, run: Run) -> Run:
    """Take a run out of the queue, or tell its worker to stop. Raises `RunNotCancellable` when it is over."""
    run = _locked(actor, run)
    if run.state not in {RunState.QUEUED, RunState.RUNNING}:
        raise RunNotCancellable(_("This evaluation is over: there is nothing to cancel."))
    run.state, run.finished_at, run.leased_until = RunState.CANCELLED, timezone.now(), None
    run.failure_reason = f"Cancelled by {actor.user}."
    run.save(update_fields=["state", "finished_at", "leased_until", "failure_reason"])
    return run


@transaction.atomic
def retry(*, actor: Actor, run: Run) -> Run:
    """Queue a failed or cancelled run again, at the end. Raises `RunNotRetryable` in any other state."""
    run = _locked(actor, run)
    if run.state not in {RunState.FAILED, RunState.CANCELLED}:
        raise RunNotRetryable(_("Only a failed or cancelled evaluation can be tried again."))
    run.state, run.queued_at, run.requested_by = RunState.QUEUED, timezone.now(), actor.user
    run.losses, run.progress, run.log_tail = 0, {}, ""
    run.started_at = run.finished_at = None
    run.failure_class = run.failure_reason = ""
    run.save()
    ring_workers(gpu=gpu_worker_known())
    return run


def may_change_runs(actor: Actor, repo: Repo) -> bool:
    """Whether `actor` may ask for, retry and cancel evaluations of `repo`: those who write to it, and staff."""
    return _is_staff(actor, repo) or may_write(actor, repo)


def request_run(*, actor: Actor, repo: Repo) -> Run:
    """Queue the head of `repo` under the active suite by hand: commits from before that suite have no run yet."""
    _check_change(actor, repo)
    run = queue_run(repo=repo, requested_by=actor.user)
    if run is None:
        raise NothingToEvaluate
    return run


def _is_staff(actor: Actor, repo: Repo) -> bool:
    token_writes = actor.token_allows(Permission.REPO_WRITE, repo.namespace.name)
    return actor.user is not None and actor.user.is_staff and token_writes


def _check_change(actor: Actor, repo: Repo) -> None:
    if not _is_staff(actor, repo):
        check_write(actor, repo)


def _locked(actor: Actor, run: Run) -> Run:
    """The row of `run`, once `actor` may change it; a worker's word about it waits until this transaction ends."""
    _check_change(actor, run.repo)
    return Run.objects.select_for_update(of=("self",)).select_related("repo__namespace", "suite_version").get(pk=run.pk)
