"""Two at once, on a database that lets two write at once (SQLite has one writer and cannot race)."""

import pytest
from django.db import connection

from community.discussions.errors import StatusRefused
from community.discussions.models import Event, Thread
from community.discussions.services import open_thread
from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.objects import AddFile
from models_app.gitstore.repository import GitRepository
from models_app.pulls import services
from models_app.pulls.models import PullRequest
from models_app.repos.models import Repo
from tests.community.members.test_races import at_once
from tests.models_app.pulls.conftest import commit_to, propose, push

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def test_every_thread_has_a_number_of_its_own(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    def talk(user: User) -> object:
        return open_thread(actor=Actor(user=user), kind="repo", key=repo.pk, title="At once", text="x")

    outcomes = at_once(
        *[lambda user=user: talk(user) for user in (alice, bob) * 3],
        *[lambda number=number: propose(repo, bob, AddFile(f"{number}.txt", b"x")) for number in range(3)],
    )
    assert outcomes == [None] * 9
    assert sorted(Thread.objects.values_list("number", flat=True)) == list(range(1, 10))
    numbers = PullRequest.objects.values_list("thread__number", flat=True)
    assert sorted(int(ref.name) for ref in git.refs("refs/pr/")) == sorted(numbers)


def test_one_pull_request_is_merged_once(repo: Repo, alice: User, bob: User) -> None:
    pull = propose(repo, bob, AddFile("new.txt", b"new"))
    outcomes = at_once(*[lambda: services.merge(actor=Actor(user=alice), repo=repo, number=pull.thread.number)] * 3)
    assert sorted(outcomes, key=str) == [StatusRefused, StatusRefused, None]
    assert Event.objects.filter(kind="status-change").count() == 1


def test_nothing_is_lost_beside_a_merge(repo: Repo, alice: User, bob: User, git: GitRepository) -> None:
    first = propose(repo, bob, AddFile("first.txt", b"1"))
    second = propose(repo, bob, AddFile("second.txt", b"2"))
    outcomes = at_once(
        lambda: services.merge(actor=Actor(user=alice), repo=repo, number=first.thread.number),
        lambda: services.merge(actor=Actor(user=alice), repo=repo, number=second.thread.number),
        lambda: commit_to(repo, alice, AddFile("third.txt", b"3")),
        lambda: push(second, bob, AddFile("more.txt", b"4")),
    )
    assert outcomes[:3] == [None] * 3  # the push comes before its merge, or is told that it is too late
    files = {entry.path for entry in git.entries(git.resolve("main"))}
    assert files >= {"first.txt", "second.txt", "third.txt"}
    assert ("more.txt" in files) == (outcomes[3] is None)
    repo.refresh_from_db()
    assert repo.head_sha == git.resolve("main")
