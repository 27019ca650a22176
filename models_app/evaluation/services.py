"""What people and commits do to runs: queue, cancel, retry."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.governance.offices import is_maintainer
from community.members.actors import Actor
from community.members.models import Role, User
from community.members.queries import writable_namespace_ids
from community.members.rules import Permission
from models_app.evaluation.errors import (
    NothingToEvaluate,
    RunNotCancellable,
    RunNotRepeatable,
    RunNotRetryable,
    TooManyRuns,
)
from models_app.evaluation.models import Run, RunState, SuiteVersion
from models_app.evaluation.policy import check_limits
from models_app.evaluation.repeats import MAX_REPEATS, open_repeats, queue_repeat
from models_app.evaluation.rings import ring_for
from models_app.evaluation.routing import memory_needed
from models_app.evaluation.rules import Suite, carries_weights
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import check_write, may_write


def queue_head(repo: Repo) -> None:
    """What evaluation does when a head moves (a handler of `uploads.hooks`)."""
    queue_run(repo=repo)


@transaction.atomic
def queue_run(*, repo: Repo, requested_by: User | None = None, limited: bool = True) -> Run | None:
    """The run of the repo's head under the active suite version, queued now or known before.

    None when there is nothing to evaluate: no model, no weights at the head, or no active suite. Runs of earlier
    commits that nobody began are cancelled. Safe to call again: a key is queued once, whatever became of it. Where the
    namespace has asked for too many (`policy.check_limits`), the run is kept as cancelled, with the reason: a commit is
    never refused for it, and the run can be tried again. Unless `limited`, nobody counts.
    """
    _cancel_superseded(repo)
    suite_version = SuiteVersion.objects.filter(active=True).first()
    if suite_version is None or not has_checkpoint(repo):
        return None
    precision = Suite.from_json(suite_version.definition).precision
    key = {
        "repo": repo,
        "commit_sha": repo.head_sha,
        "suite_version": suite_version,
        "precision": precision,
        "repeat_of": None,
    }
    run = Run.objects.filter(**key).first()
    if run is not None:
        return run
    memory = memory_needed(repo.parameters, precision)
    values = {"requested_by": requested_by, "memory_bytes": memory, **(_over_limit(repo) if limited else {})}
    run, created = Run.objects.get_or_create(**key, defaults=values)
    if created and run.state == RunState.QUEUED:
        ring_for(run)
    return run


def _over_limit(repo: Repo) -> dict[str, object]:
    """Values of a run that is not queued because of a limit; none within the limits."""
    try:
        check_limits(repo.namespace)
    except TooManyRuns as refusal:
        return {"state": RunState.CANCELLED, "finished_at": timezone.now(), "failure_reason": refusal.message}
    return {}


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
    """Queue a failed or cancelled run again, at the end. Raises `RunNotRetryable` in any other state, `TooManyRuns`."""
    run = _locked(actor, run)
    if run.state not in {RunState.FAILED, RunState.CANCELLED}:
        raise RunNotRetryable(_("Only a failed or cancelled evaluation can be tried again."))
    if run.repeat_of is not None and open_repeats(run.repeat_of).exists():
        raise RunNotRetryable(_("Another repetition of this evaluation is already on its way."))
    _check_limits(actor, run.repo)
    run.state, run.queued_at, run.requested_by = RunState.QUEUED, timezone.now(), actor.user
    run.losses, run.progress, run.log_tail = 0, {}, ""
    run.started_at = run.finished_at = None
    run.failure_class = run.failure_reason = ""
    run.save()
    ring_for(run)
    return run


@transaction.atomic
def repeat(*, actor: Actor, run: Run) -> Run:
    """Queue a finished run once more, for another worker: the repetition. Raises `RunNotRepeatable`.

    Repeating a repetition repeats what it repeats.
    """
    original = _locked(actor, run.repeat_of or run)
    if original.state != RunState.DONE:
        raise RunNotRepeatable(_("Only a finished evaluation can be repeated."))
    if open_repeats(original).exists():
        raise RunNotRepeatable(_("A repetition of this evaluation is already on its way."))
    if original.repeats.count() >= MAX_REPEATS:
        raise RunNotRepeatable(
            _("This evaluation was repeated %(times)d times, which is enough.") % {"times": MAX_REPEATS}
        )
    _check_limits(actor, original.repo)
    repetition = queue_repeat(original, requested_by=actor.user)
    ring_for(repetition)
    return repetition


def may_change_runs(actor: Actor, repo: Repo) -> bool:
    """Whether `actor` may ask for, retry and cancel evaluations of `repo`: those who write to it, and maintainers."""
    return _looks_after(actor, repo) or may_write(actor, repo)


def request_run(*, actor: Actor, repo: Repo) -> Run:
    """Queue the head of `repo` under the active suite by hand: commits from before that suite have no run yet.

    Raises `NothingToEvaluate` or `TooManyRuns`.
    """
    _check_change(actor, repo)
    _check_limits(actor, repo)
    run = queue_run(repo=repo, requested_by=actor.user, limited=False)
    if run is None:
        raise NothingToEvaluate
    return run


def _looks_after(actor: Actor, repo: Repo) -> bool:
    token_writes = actor.token_allows(Permission.REPO_WRITE, repo.namespace.name)
    return token_writes and is_maintainer(actor.user)


def _check_change(actor: Actor, repo: Repo) -> None:
    if not _looks_after(actor, repo):
        check_write(actor, repo)


def _check_limits(actor: Actor, repo: Repo) -> None:
    """Raises `TooManyRuns`, except to maintainers."""
    if not _looks_after(actor, repo):
        check_limits(repo.namespace)


def changeable_repos(actor: Actor, repos: Iterable[Repo]) -> set[int]:
    """The ids of those of `repos` whose runs `actor` may change: a few queries, however many there are."""
    writes, contributes = (writable_namespace_ids(actor, role) for role in (Role.WRITE, Role.CONTRIBUTOR))
    own = actor.user.pk if actor.user is not None else None
    return {
        repo.pk
        for repo in repos
        if _looks_after(actor, repo) or repo.namespace_id in (contributes if own == repo.creator_id else writes)
    }


def _locked(actor: Actor, run: Run) -> Run:
    """The row of `run`, once `actor` may change it; a worker's word about it waits until this transaction ends."""
    _check_change(actor, run.repo)
    return Run.objects.select_for_update(of=("self",)).select_related("repo__namespace", "suite_version").get(pk=run.pk)
