"""Suites, runs, records. The truth of a run is its row; Celery messages only ring the doorbell."""

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.models import User
from models_app.repos.models import Repo


class SuiteFile(models.Model):
    """A file of suite versions, by its sha256: small, and kept where a transaction and a backup hold it whole."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class SuiteVersion(models.Model):
    """One immutable version of a suite, known by the hash of its files."""

    suite = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    # The parsed suite.yaml as JSON text: PostgreSQL's JSON would forget the order of tasks and prompts.
    definition = models.TextField()
    files = models.JSONField(default=dict)  # {path: sha256 of a SuiteFile}; `sha256` is the hash of these
    proposed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")  # None: a release
    note = models.CharField(max_length=500, blank=True)  # why it was proposed
    active = models.BooleanField(default=False)
    activated_at = models.DateTimeField(null=True, editable=False)  # first; until then its runs are previews
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        permissions = [
            ("propose_suite", _("Can propose versions of suites and preview them")),
            ("activate_suite", _("Can make a version of a suite the active one")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["suite", "version"], name="suite_version_once"),
            models.UniqueConstraint(
                fields=["active"], condition=models.Q(active=True), name="one_active_suite_version"
            ),
            models.CheckConstraint(
                condition=models.Q(active=False) | models.Q(activated_at__isnull=False),
                name="suite_version_active_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suite} v{self.version}"

    @property
    def key(self) -> str:
        """As addresses and parameters name it: ``standard/1``."""
        return f"{self.suite}/{self.version}"


class SuiteActivation(models.Model):
    """A line of the log: who made which version the active one, when and why; and how far its re-runs are queued."""

    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="activations")
    activated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")  # None: no member
    reason = models.CharField(max_length=500)
    link = models.CharField(max_length=300, blank=True)  # a page of this hub that says more, as of a vote
    activated_at = models.DateTimeField(default=timezone.now, editable=False)
    reruns_expected = models.PositiveIntegerField(default=0)  # models that had results then, and none of this version
    reruns_queued = models.PositiveIntegerField(default=0)
    queued_all_at = models.DateTimeField(null=True)  # when all were queued, or another version took its place

    def __str__(self) -> str:
        return f"{self.suite_version}: {self.reason}"


QUEUE_ORDER = ("-priority", "queued_at", "pk")  # of queued runs: the next one first


class RunState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class FailureClass(models.TextChoices):
    UNSUPPORTED = "unsupported", _("unsupported architecture")
    INVALID = "invalid_checkpoint", _("invalid checkpoint")
    UNSAFE = "unsafe", _("unsafe files")
    MEMORY = "out_of_memory", _("out of memory")
    TIMEOUT = "timeout", _("time limit reached")
    LOST = "worker_lost", _("worker lost")
    INTERNAL = "internal", _("error of the hub")


class Worker(models.Model):
    """An evaluation worker as it last described itself. Its leases are honoured for its service account only."""

    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="workers")
    name = models.CharField(max_length=120)
    # {"device": "cpu", "cores": 2, "memory_bytes": …, "run_memory_bytes": …, "texts_only": …, "gpu": name,
    # "gpu_memory_bytes": …}
    hardware = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)  # {"torch": "2.13.0", …}
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    draining = models.BooleanField(default=False)  # an operator wants it to take no further run
    donated = models.BooleanField(default=False)  # its account may only donate work, see `leasing.check_worker`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="worker_name_once_per_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def texts_only(self) -> bool:
        """Whether it takes texts for the attention view, and no run."""
        return bool(self.hardware.get("texts_only"))


class QueuePolicy(models.Model):
    """How operators steer the queue: one row, made when they first change something (`policy.current_policy`)."""

    paused_at = models.DateTimeField(null=True)  # since then no run is handed out
    pause_reason = models.CharField(max_length=300, blank=True)  # members read it
    # Evaluations of one namespace that may wait, and that may be asked for in a day; null: no limit.
    max_waiting = models.PositiveIntegerField(null=True, default=100)
    max_a_day = models.PositiveIntegerField(null=True, default=500)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_queue_policy")]

    def __str__(self) -> str:
        return "paused" if self.paused_at else "running"


class Work(models.Model):
    """What a worker does under a lease (`leasing`). The row is queued, and again after each lease that was lost."""

    what = ""  # the subject of sentences about it

    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    memory_bytes = models.PositiveBigIntegerField(null=True)  # what it likely needs (`routing.memory_needed`)
    attempt = models.PositiveIntegerField(default=0)  # leases handed out so far; part of each lease's identity
    losses = models.PositiveSmallIntegerField(default=0)  # leases that ended without a word since it was last asked for
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, related_name="%(class)ss")
    queued_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)  # {"stage": …, "done": n, "total": n, "task": name}
    failure_class = models.CharField(max_length=20, choices=FailureClass, blank=True)
    failure_reason = models.TextField(blank=True)  # one sentence for the owner; also why a run was cancelled
    log_tail = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def limit_seconds(self) -> int:
        """Wall-clock seconds from its start until it has to be over."""
        return int(settings.EVALUATION_RUN_SECONDS)


# The constraints of all work, with names of each kind's own.
_KNOWN_STATE = models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="%(class)s_state_known")
_RUNNING_HAS_LEASE = models.CheckConstraint(
    condition=~models.Q(state=RunState.RUNNING) | models.Q(leased_until__isnull=False),
    name="%(class)s_running_has_lease",
)
_FAILED_HAS_REASON = models.CheckConstraint(
    condition=~models.Q(state=RunState.FAILED) | (~models.Q(failure_class="") & ~models.Q(failure_reason="")),
    name="%(class)s_failed_has_reason",
)
WORK_CONSTRAINTS = (_KNOWN_STATE, _RUNNING_HAS_LEASE, _FAILED_HAS_REASON)


class Run(Work):
    """One evaluation of one commit under one suite version. A retry is the same row with one more attempt.

    A repetition, by another worker, is a row of its own: `repeat_of` is the run that it repeats, never a repetition.
    """

    what = "The evaluation"

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="runs")
    commit_sha = models.CharField(max_length=40)
    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="runs")
    precision = models.CharField(max_length=8, default="float32")
    repeat_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="repeats")
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="requested_runs")
    priority = models.SmallIntegerField(default=0)  # higher first

    class Meta:
        permissions = [
            ("evaluate", _("Can work on evaluations (service accounts of workers)")),
            ("donate_work", _("Can donate a worker, whose results wait for a second one to agree")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["repo", "commit_sha", "suite_version", "precision"],
                condition=models.Q(repeat_of=None),
                name="run_key_once",
            ),
            models.UniqueConstraint(
                fields=["repeat_of"],
                condition=models.Q(state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="run_one_open_repeat",
            ),
            *WORK_CONSTRAINTS,
        ]
        indexes = [
            models.Index(fields=["state", "-priority", "queued_at"], name="run_queue_order"),
            models.Index(fields=["repo", "-queued_at"], name="run_by_repo"),
            models.Index(fields=["suite_version", "state"], name="run_by_suite"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.state}"


class SigningKey(models.Model):
    """The public half of a key that has signed records. It stays when the key is replaced: old records keep theirs."""

    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()  # RFC 8037
    first_used_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.kid


class Verdict(models.TextChoices):
    """What other workers' records of the same evaluation say about a record."""

    ALONE = "alone", _("not repeated")
    CONFIRMED = "confirmed", _("confirmed")
    CONTRADICTED = "contradicted", _("contradicted")


class Record(models.Model):
    """What a finished run found, and all that is needed to repeat it."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="record")
    # Canonical JSON (RFC 8785) as text: PostgreSQL would rewrite numbers in JSON, and `sha256` names these bytes.
    payload = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    signature = models.TextField()  # `signatures.sign`
    family = models.CharField(max_length=20)  # causal, masked, permutation, encoder-decoder
    parameter_count = models.PositiveBigIntegerField()
    # Set by `repeats.settle`. Of the records of a run and its repetitions at most one stands for them all.
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.ALONE)
    differing = models.JSONField(default=list)  # tasks in which it differs from the record that it is closest to
    stands = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.sha256

    @property
    def document(self) -> dict[str, Any]:
        """The record as the worker sent it."""
        document: dict[str, Any] = json.loads(self.payload)
        return document


class Score(models.Model):
    """One metric of one task with its standard error; task ``overall`` is the hub's weighted mean (`rules.overall`)."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="scores")
    task = models.CharField(max_length=80)
    metric = models.CharField(max_length=40)
    value = models.FloatField()
    stderr = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    higher_is_better = models.BooleanField()
    primary = models.BooleanField(default=False)  # the metric that stands for its task on the leaderboard

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "task", "metric"], name="score_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.metric} {self.value:.4f}"


class Sample(models.Model):
    """A text that the checkpoint wrote, with the exact settings that made it write it."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="samples")
    prompt_key = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    prompt = models.TextField()
    strategy = models.CharField(max_length=12)  # greedy, beam, sampling, top_k, nucleus
    settings = models.JSONField()
    text = models.TextField()
    stats = models.JSONField()  # {"tokens", "mean_logprob", "distinct_1", "distinct_2", "repetition"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "prompt_key", "strategy"], name="sample_once"),
        ]

    def __str__(self) -> str:
        return f"{self.strategy}: {self.prompt_key}"
