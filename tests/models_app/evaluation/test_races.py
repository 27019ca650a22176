"""Many workers at once, each in its own thread and transaction: on SQLite and on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection

from community.members.actors import Actor
from models_app.evaluation import leases, services
from models_app.evaluation.errors import LeaseLost, RunNotCancellable
from models_app.evaluation.models import Record, Run, RunState
from models_app.evaluation.services import queue_run
from models_app.gitstore.objects import AddFile
from models_app.repos.models import RepoKind
from models_app.repos.services import create_repo
from models_app.uploads.services import commit_changes
from tests.factories.evaluations import RunFactory, SuiteVersionFactory
from tests.factories.members import MemberFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount, make_document

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
THREADS = 6


def at_once(work: Callable[[int], T], threads: int = THREADS) -> list[T | Exception]:
    """What `work(0)`, `work(1)` … return or raise when they start at the same moment."""
    barrier = Barrier(threads)

    def start(number: int) -> T | Exception:
        try:
            connection.ensure_connection()
            barrier.wait()
            return work(number)
        except Exception as error:  # noqa: BLE001 (a thread's error is an answer here)
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(start, range(threads)))


def test_no_run_is_leased_twice(box: ServiceAccount) -> None:
    runs = [RunFactory() for _ in range(4)]

    def take(number: int) -> int | None:
        lease = leases.lease(
            actor=box.actor,
            worker_name=f"box-{number}",
            hardware=LEASE["hardware"],  # type: ignore[arg-type]
            versions=LEASE["versions"],  # type: ignore[arg-type]
        )
        return None if lease is None else lease.run.pk

    taken = at_once(take)
    assert sorted(pk for pk in taken if isinstance(pk, int)) == [run.pk for run in runs]
    assert Counter(type(answer) for answer in taken) == {int: 4, type(None): 2}
    assert list(Run.objects.values_list("state", "attempt").distinct()) == [(RunState.RUNNING, 1)]


def test_one_record_of_many_answers(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    answers = at_once(lambda _: leases.finish(actor=box.actor, run_id=run.pk, attempt=1, document=document).sha256)
    record = Record.objects.get()
    assert answers == [record.sha256] * THREADS
    assert (record.scores.count(), record.samples.count()) == (4, 5)


def test_the_reaper_and_the_late_worker(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    run.refresh_from_db()
    assert run.leased_until is not None
    Run.objects.filter(pk=run.pk).update(leased_until=run.queued_at)

    def meet(number: int) -> object:
        if number % 2:
            return leases.reap()
        return leases.finish(actor=box.actor, run_id=run.pk, attempt=1, document=document).sha256

    answers = at_once(meet)
    run.refresh_from_db()
    if run.state == RunState.DONE:
        assert Counter(map(type, answers)) == {type(None): 3, str: 3}
    else:
        assert (run.state, run.losses) == (RunState.QUEUED, 1)
        assert Counter(map(type, answers)) == {type(None): 3, LeaseLost: 3}
        assert not Record.objects.exists()


def test_cancel_and_finish(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    owner = Actor(user=run.repo.creator)

    def meet(number: int) -> object:
        if number % 2:
            return services.cancel(actor=owner, run=run).state
        return leases.finish(actor=box.actor, run_id=run.pk, attempt=1, document=document).sha256

    answers = at_once(meet, 2)
    run.refresh_from_db()
    if run.state == RunState.DONE:
        assert isinstance(answers[1], RunNotCancellable)
        assert Record.objects.count() == 1
    else:
        assert (run.state, answers[1]) == (RunState.CANCELLED, RunState.CANCELLED)
        assert isinstance(answers[0], LeaseLost)
        assert not Record.objects.exists()


def test_one_run_of_many_rings() -> None:
    SuiteVersionFactory()
    alice = Actor(user=MemberFactory(username="alice"))
    repo = create_repo(actor=alice, kind=RepoKind.MODEL, namespace="alice", name="tiny", private=False)
    Run.objects.all().delete()
    files = [AddFile("config.json", b"{}"), AddFile("pytorch_model.bin", b"weights")]
    commit_changes(actor=alice, repo=repo, revision="main", parent=None, summary="s", description="", changes=files)
    repo.refresh_from_db()
    Run.objects.all().delete()
    answers = at_once(lambda _: queue_run(repo=repo))
    assert answers == [Run.objects.get()] * THREADS


def test_two_workers_finish_two_attempts(
    box: ServiceAccount, make_account: Callable[..., ServiceAccount], run: Run
) -> None:
    box.post("lease", LEASE)
    Run.objects.filter(pk=run.pk).update(leased_until=run.queued_at)
    leases.reap()
    other = make_account("other")
    other.post("lease", LEASE)
    accounts = [box, other]

    def finish(number: int) -> str:
        attempt = number % 2 + 1
        document = make_document(run)
        return leases.finish(actor=accounts[number % 2].actor, run_id=run.pk, attempt=attempt, document=document).sha256

    answers = at_once(finish)
    record = Record.objects.get()
    assert [answer for answer in answers if not isinstance(answer, LeaseLost)] == [record.sha256] * 3
