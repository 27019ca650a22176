"""What becomes of suite versions: known from a release, active, and everything measured again under the new one."""

import json
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from community.governance.offices import is_maintainer
from community.members.actors import Actor
from community.members.models import TokenKind, User
from hub.core.tasks import ring
from models_app.evaluation.errors import SuiteChanged, SuitesForbidden
from models_app.evaluation.models import Run, RunState, SuiteActivation, SuiteFile, SuiteVersion
from models_app.evaluation.rings import ring_for_queued
from models_app.evaluation.routing import memory_needed
from models_app.evaluation.rules import RERUN_PRIORITY, Suite
from models_app.evaluation.suites.definitions import (
    SUITES_DIR,
    Definition,
    Files,
    InvalidDefinition,
    file_hashes,
    read_definitions,
    read_files,
)
from models_app.evaluation.tasks import queue_reruns as queue_reruns_task
from models_app.repos.models import Repo, RepoKind

RERUN_BATCH = 200


@transaction.atomic
def sync_suites(*, root: Path = SUITES_DIR) -> list[SuiteVersion]:
    """Make a row for every suite version below `root`; activate the first when none is active.

    What members proposed under the number of a version, before there was that version, stays what it is here. Raises
    `InvalidDefinition`, or `SuiteChanged` when the files of a known version are not what they were.
    """
    versions = [_synced(definition) for definition in read_definitions(root)]
    if versions and not SuiteVersion.objects.filter(active=True).exists():
        activate(version=versions[0], reason="The first suite of this hub.")
    return versions


def _synced(definition: Definition) -> SuiteVersion:
    try:
        Suite.of(definition.content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidDefinition(f"{definition.folder}: suite.yaml is not a suite definition: {error!r}") from error
    files = read_files(definition.folder)
    values = {"sha256": definition.sha256, "definition": json.dumps(definition.content), "files": keep(files)}
    row, _created = SuiteVersion.objects.get_or_create(
        suite=definition.name, version=definition.version, defaults=values
    )
    if row.sha256 != definition.sha256 and row.note:
        return row  # a proposal of this hub's members
    if row.sha256 != definition.sha256:
        raise SuiteChanged(
            f"The files of suite {row} are not those that its records were made with: put them back, or give the "
            f"new content the next version number.",
        )
    if not row.files:  # known from before files were kept
        row.files = values["files"]
        row.save(update_fields=["files"])
    return row


def keep(files: Files) -> dict[str, str]:
    """Keep `files` by content; gives {path: sha256}."""
    hashes = file_hashes(files)
    rows = [SuiteFile(sha256=hashes[path], content=content) for path, content in files.items()]
    SuiteFile.objects.bulk_create(rows, ignore_conflicts=True)
    return hashes


def may_activate(actor: Actor) -> bool:
    return may_change(actor, "activate_suite")


def check_activate(actor: Actor) -> None:
    """Raises `SuitesForbidden` unless `actor` may make versions the active one."""
    if not may_activate(actor):
        raise SuitesForbidden


def may_change(actor: Actor, permission: str) -> bool:
    """Maintainers, and who was given `permission`; by a token only if it may write everything."""
    user, token = actor.user, actor.token
    if user is None or (token is not None and token.kind != TokenKind.WRITE):
        return False
    return is_maintainer(user) or user.has_perm(f"models_app.{permission}")


def activate_suite(*, actor: Actor, version: SuiteVersion, reason: str, link: str = "") -> SuiteActivation:
    """`activate`, for a member who may. Raises `SuitesForbidden`."""
    check_activate(actor)
    return activate(version=version, reason=reason, link=link, by=actor.user)


@transaction.atomic
def activate(*, version: SuiteVersion, reason: str, link: str = "", by: User | None = None) -> SuiteActivation:
    """Make `version` the one that new commits are measured under, and have what was measured before measured again.

    Safe to call again: of the version that is active it gives the line of the log that is there. Asks nobody for a
    permission: the caller decided, as the operator or by a vote (`link` is its page). Results of other versions stay.
    """
    # Two activations take turns: each locks every version, in one order.
    rows = {row.pk: row for row in SuiteVersion.objects.select_for_update().order_by("pk")}
    row = rows[version.pk]
    if row.active:
        return row.activations.latest("pk")
    now = timezone.now()
    SuiteActivation.objects.filter(queued_all_at=None).update(queued_all_at=now)
    SuiteVersion.objects.filter(active=True).update(active=False)
    row.active, row.activated_at = True, row.activated_at or now
    row.save(update_fields=["active", "activated_at"])
    version.active, version.activated_at = row.active, row.activated_at
    activation = SuiteActivation.objects.create(
        suite_version=row,
        activated_by=by,
        reason=reason,
        link=link,
        activated_at=now,
        reruns_expected=count_reruns(row),
    )
    ring(queue_reruns_task)
    return activation


def count_reruns(version: SuiteVersion) -> int:
    """How many models are measured again once `version` is the active one."""
    return _to_run_again(version).count()


def reruns_are_due() -> bool:
    """Whether a batch of re-runs waits to be queued, because a message was lost."""
    return SuiteActivation.objects.filter(queued_all_at=None).exists()


@transaction.atomic
def queue_reruns() -> bool:
    """Queue the next `RERUN_BATCH` re-runs under the active version; gives whether more may follow.

    The rows are the state: a head that has a run is not queued again, so this may run twice or die between batches.
    Re-runs of another version that no worker has begun leave the queue, as many at a time.
    """
    due = SuiteActivation.objects.select_for_update(of=("self",)).select_related("suite_version")
    activation = due.filter(queued_all_at=None).first()
    if activation is None:
        return False
    dropped = _drop_reruns_of_others(activation.suite_version)
    repos = list(_to_run_again(activation.suite_version)[:RERUN_BATCH])
    queue_heads(repos, activation.suite_version, priority=RERUN_PRIORITY)
    activation.reruns_queued += len(repos)
    more = len(repos) == RERUN_BATCH or dropped == RERUN_BATCH
    activation.queued_all_at = None if more else timezone.now()
    activation.save(update_fields=["reruns_queued", "queued_all_at"])
    return more


def queue_heads(repos: Sequence[Repo], version: SuiteVersion, *, priority: int) -> None:
    """Queue the heads of `repos`, which have checkpoints, under `version`; what has such a run is left alone."""
    precision = Suite.from_json(version.definition).precision
    runs = [
        Run(
            repo=repo,
            commit_sha=repo.head_sha,
            suite_version=version,
            precision=precision,
            priority=priority,
            memory_bytes=memory_needed(repo.parameters, precision),
        )
        for repo in repos
    ]
    Run.objects.bulk_create(runs, ignore_conflicts=True)
    if runs:
        ring_for_queued()


def _to_run_again(version: SuiteVersion) -> QuerySet[Repo]:
    """Models whose head has a result of another version, or failed under it, and no run of this; most used first.

    `Repo.trend` counts likes and downloads, newer ones more; where nobody came yet, the newest model is first.
    """
    of_head = Run.objects.filter(repo=OuterRef("pk"), commit_sha=OuterRef("head_sha"))
    over = of_head.filter(state__in=[RunState.DONE, RunState.FAILED]).exclude(suite_version=version)
    models = Repo.objects.filter(Exists(over), ~Exists(of_head.filter(suite_version=version)), kind=RepoKind.MODEL)
    return models.order_by("-trend", "-pk").only("head_sha", "parameters")


def _drop_reruns_of_others(version: SuiteVersion) -> int:
    """Deleted, not cancelled: nothing is known of them, and the other version may become the active one again."""
    waiting = Run.objects.filter(state=RunState.QUEUED, priority=RERUN_PRIORITY, attempt=0)
    dropped = waiting.exclude(suite_version=version).select_for_update(of=("self",), skip_locked=True)
    return Run.objects.filter(pk__in=[run.pk for run in dropped.only("pk")[:RERUN_BATCH]]).delete()[0]
