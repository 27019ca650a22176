"""Suites, runs and records as rows."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from models_app.evaluation.models import Record, Run, RunState, Sample, Score, SuiteVersion, Worker
from models_app.evaluation.records.signatures import sign
from models_app.evaluation.suites.versions import sync_suites
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import MemberFactory

DEFINITION: dict[str, Any] = {
    "suite": "standard",
    "version": 1,
    "title": "Standard",
    "families": ["causal"],
    "precision": "float32",
    "tasks": {
        "prose": {
            "title": "Prose",
            "titles": {"zh-hans": "散文"},
            "weight": 2,
            "primary": "bits_per_byte",
            "chance": 8.0,
            "best": 0.0,
            "metrics": {
                "bits_per_byte": {"higher_is_better": False},
                "perplexity": {"higher_is_better": False},
            },
        },
        "grammar": {
            "title": "Grammar",
            "weight": 1,
            "primary": "acc",
            "chance": 0.5,
            "best": 1.0,
            "metrics": {"acc": {"higher_is_better": True}},
        },
    },
    "prompts": {"story": {"language": "en", "text": "Once upon a time"}},
    "strategies": {name: {} for name in ("greedy", "beam", "sampling", "top_k", "nucleus")},
}


def first_standard() -> SuiteVersion:
    """standard/1 of this release, as on a hub that knows no later version yet."""
    (row,) = [row for row in sync_suites() if row.key == "standard/1"]
    SuiteVersion.objects.exclude(pk=row.pk).delete()
    return row


class SuiteVersionFactory(factory.django.DjangoModelFactory[SuiteVersion]):
    """The active version of suite `standard` (two tasks, one prompt), made once."""

    class Meta:
        model = SuiteVersion
        django_get_or_create = ("suite", "version")

    suite = "standard"
    version = 1
    sha256 = factory.LazyAttribute(lambda suite: hashlib.sha256(f"{suite.suite}{suite.version}".encode()).hexdigest())
    definition = factory.LazyFunction(lambda: json.dumps(DEFINITION))
    active = True
    activated_at = factory.Maybe("active", factory.LazyFunction(timezone.now))


class WorkerFactory(factory.django.DjangoModelFactory[Worker]):
    class Meta:
        model = Worker

    account = factory.SubFactory(MemberFactory)
    name = factory.Sequence(lambda n: f"worker-{n}")
    hardware = factory.LazyFunction(lambda: {"device": "cpu", "cores": 2, "memory_bytes": 8 << 30, "gpu": None})


class RunFactory(factory.django.DjangoModelFactory[Run]):
    """A queued run; the traits `running`, `done` and `failed` are its later states."""

    class Meta:
        model = Run

    class Params:
        running = factory.Trait(
            state=RunState.RUNNING,
            attempt=1,
            worker=factory.SubFactory(WorkerFactory),
            started_at=factory.LazyFunction(timezone.now),
            leased_until=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1)),
        )
        done = factory.Trait(
            state=RunState.DONE,
            attempt=1,
            started_at=factory.LazyFunction(timezone.now),
            finished_at=factory.LazyAttribute(lambda run: run.started_at + timedelta(seconds=30)),
        )
        failed = factory.Trait(
            state=RunState.FAILED,
            attempt=1,
            finished_at=factory.LazyFunction(timezone.now),
            failure_class="out_of_memory",
            failure_reason="The checkpoint needs more memory than the worker has.",
        )

    repo = factory.SubFactory(RepoFactory)
    commit_sha = factory.SelfAttribute("repo.head_sha")
    suite_version = factory.SubFactory(SuiteVersionFactory)


class RecordFactory(factory.django.DjangoModelFactory[Record]):
    class Meta:
        model = Record

    run = factory.SubFactory(RunFactory, done=True)
    payload = factory.Sequence(lambda n: f'{{"format":1,"seed":{n}}}')
    sha256 = factory.LazyAttribute(lambda record: hashlib.sha256(record.payload.encode()).hexdigest())
    signature = factory.LazyAttribute(lambda record: sign(record.run, record.sha256))
    family = "causal"
    parameter_count = 1_000_000


class ScoreFactory(factory.django.DjangoModelFactory[Score]):
    class Meta:
        model = Score

    record = factory.SubFactory(RecordFactory)
    task = factory.Sequence(lambda n: f"task_{n}")
    metric = "acc"
    value = 0.5
    stderr = 0.01
    n = 100
    higher_is_better = True
    primary = True


class SampleFactory(factory.django.DjangoModelFactory[Sample]):
    class Meta:
        model = Sample

    record = factory.SubFactory(RecordFactory)
    prompt_key = factory.Sequence(lambda n: f"prompt-{n}")
    language = "en"
    prompt = "Once upon a time"
    strategy = "greedy"
    settings = factory.LazyFunction(lambda: {"max_new_tokens": 8})
    text = " there was a hub."
    stats = factory.LazyFunction(
        lambda: {"tokens": 5, "mean_logprob": -1.5, "distinct_1": 1.0, "distinct_2": 1.0, "repetition": 0.0}
    )
