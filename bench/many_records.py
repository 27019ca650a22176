"""Fill the hub of the environment with measured models: ``python -m bench.many_records 1000``.

Owners and models as in `bench.many_repos`. Each model has a record of its head and of two commits before, with scores
of every task that causal models take; nothing of it lies in git, and no record holds more than its scores.
"""

import random
import sys

from django.utils import timezone

from bench import many_repos  # first: it sets Django up
from models_app.evaluation.models import Record, Run, RunState, Score, SuiteVersion
from models_app.evaluation.rules import OVERALL, OVERALL_METRIC, Suite, sha256_of
from models_app.evaluation.suites.versions import sync_suites
from models_app.repos.models import Repo

COMMITS = 3


def make_runs(repo: Repo, version: SuiteVersion) -> list[Run]:
    now = timezone.now()
    commits = [*(f"{number:040x}" for number in range(1, COMMITS)), repo.head_sha]
    return [
        Run(repo=repo, commit_sha=sha, suite_version=version, state=RunState.DONE, started_at=now, finished_at=now)
        for sha in commits
    ]


def make_record(run: Run) -> Record:
    return Record(run=run, payload="{}", sha256=sha256_of(str(run.pk).encode()), family="causal", parameter_count=10**8)


def make_scores(record: Record, suite: Suite, chance: random.Random) -> list[Score]:
    tasks = [
        (task.name, task.primary, task.metrics[task.primary]) for task in suite.tasks.values() if task.takes("causal")
    ]
    return [
        Score(
            record=record,
            task=task,
            metric=metric,
            value=chance.random(),
            stderr=0.01,
            n=100,
            higher_is_better=higher_is_better,
            primary=True,
        )
        for task, metric, higher_is_better in [(OVERALL, OVERALL_METRIC, True), *tasks]
    ]


def main() -> None:
    count, chance = int(sys.argv[1]), random.Random(0)  # noqa: S311 (the same rows each time)
    version = next(row for row in sync_suites() if row.active)
    suite = Suite.from_json(version.definition)
    owners = many_repos.make_owners(-(-count // many_repos.PER_OWNER))
    numbers = (10 * (n // 9) + n % 9 for n in range(count))  # each tenth is a dataset
    repos = [
        many_repos.make_repo(number, owners[n // many_repos.PER_OWNER], chance) for n, number in enumerate(numbers)
    ]
    Repo.objects.bulk_create(repos, many_repos.BATCH)
    runs = Run.objects.bulk_create([run for repo in repos for run in make_runs(repo, version)], many_repos.BATCH)
    records = Record.objects.bulk_create([make_record(run) for run in runs], many_repos.BATCH)
    Score.objects.bulk_create(
        [score for record in records for score in make_scores(record, suite, chance)], many_repos.BATCH
    )
    many_repos.analyze()


if __name__ == "__main__":
    main()
