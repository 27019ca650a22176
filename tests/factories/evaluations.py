"""Suites, runs and records as rows."""

import hashlib
from datetime import timedelta

import factory
from django.utils import timezone

from models_app.evaluation.models import Record, Run, RunState, Sample, Score, SuiteVersion, Worker
from tests.factories.checkpoints import RepoFactory


class SuiteVersionFactory(factory.django.DjangoModelFactory[SuiteVersion]):
    """The active version of suite `standard`, made once."""

    class Meta:
        model = SuiteVersion
        django_get_or_create = ("suite", "version")

    suite = "standard"
    version = 1
    sha256 = factory.LazyAttribute(lambda suite: hashlib.sha256(f"{suite.suite}{suite.version}".encode()).hexdigest())
    definition = factory.LazyFunction(dict)
    active = True


class WorkerFactory(factory.django.DjangoModelFactory[Worker]):
    class Meta:
        model = Worker

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
        done = factory.Trait(state=RunState.DONE, attempt=1, finished_at=factory.LazyFunction(timezone.now))
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
    payload = factory.LazyFunction(lambda: {"format": 1})
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"record {n}".encode()).hexdigest())


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
