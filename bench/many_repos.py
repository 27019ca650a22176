"""Fill the hub of the environment with rows of repos: ``python -m bench.many_repos 100000``.

Two kinds, owners with a hundred repos each, one repo in twenty private, three tags each, and downloads, likes and dates
spread so that every order of the lists is a different one. Nothing of it lies in git.
"""

import hashlib
import os
import random
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")
django.setup()

from django.db import connection, transaction  # noqa: E402 (after the settings)
from django.utils import timezone  # noqa: E402

from community.members.models import Namespace, User  # noqa: E402
from models_app.repos.models import Repo, RepoTag  # noqa: E402

PER_OWNER = 100
BATCH = 5_000
LICENCES = ["mit", "apache-2.0", "cc-by-4.0", "gpl-3.0"]
TASKS = ["text-generation", "fill-mask", "translation", "summarization"]


def make_owners(count: int) -> list[Namespace]:
    namespaces = Namespace.objects.bulk_create((Namespace(name=f"bench-{n}") for n in range(count)), BATCH)
    User.objects.bulk_create((User(username=row.name, namespace=row) for row in namespaces), BATCH)
    return namespaces


def make_repo(number: int, owner: Namespace, chance: random.Random) -> Repo:
    age = timedelta(seconds=chance.randrange(365 * 24 * 3600))
    return Repo(
        kind="dataset" if number % 10 == 9 else "model",
        namespace=owner,
        name=f"model-{number}",
        private=number % 20 == 0,
        created_at=timezone.now() - age,
        last_modified=timezone.now() - age * chance.random(),
        downloads=int(chance.paretovariate(0.5)) - 1,
        likes=int(chance.paretovariate(0.8)) - 1,
        trend=chance.paretovariate(0.5) - 1,
        head_sha=hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest(),
        licence=chance.choice(LICENCES),
        pipeline_tag=chance.choice(TASKS),
        library_name="transformers",
        parameter_count=chance.randrange(10**10),
    )


def tags_of(repo: Repo) -> list[RepoTag]:
    return [RepoTag(repo=repo, tag=tag) for tag in (f"license:{repo.licence}", repo.pipeline_tag, "transformers")]


def analyze() -> None:
    """As autovacuum does on a server that has time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> None:
    count, chance = int(sys.argv[1]), random.Random(0)  # noqa: S311 (the same rows each time)
    owners = make_owners(-(-count // PER_OWNER))
    for start in range(0, count, BATCH):
        with transaction.atomic():
            numbers = range(start, min(start + BATCH, count))
            repos = Repo.objects.bulk_create([make_repo(n, owners[n // PER_OWNER], chance) for n in numbers])
            RepoTag.objects.bulk_create([tag for repo in repos for tag in tags_of(repo)])
    analyze()


if __name__ == "__main__":
    main()
