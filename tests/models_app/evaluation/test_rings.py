"""Who may be given which run: said by a query, and of one run without any."""

import itertools

import pytest

from community.members.models import User
from models_app.evaluation.models import Run, Worker
from models_app.evaluation.repeats import queue_repeat
from models_app.evaluation.rings import may_take, measured_by, offered_to
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, WorkerFactory
from tests.factories.members import MemberFactory

SIZES = (None, 5, 50)


@pytest.fixture
def workers(db: None) -> list[Worker]:
    """Two of each account, which is donated or not, with less memory or more; one that is drained, one for texts."""
    donor, hub = MemberFactory(username="donor"), MemberFactory(username="hub")
    made = [
        WorkerFactory(account=account, donated=account == donor, hardware={"run_memory_bytes": room})
        for account, room in itertools.product((donor, hub), (10, None))
    ]
    texts = WorkerFactory(account=hub, hardware={"texts_only": True})
    return [*made, WorkerFactory(account=hub, hardware={}, draining=True), texts]


@pytest.fixture
def runs(alice: User, workers: list[Worker]) -> list[Run]:
    """Of each size and openness: one that nobody measured, and one that repeats what each of the workers did."""
    made = []
    facts = ({}, {"private": True}, {"gated": "auto"})
    for number, (size, fact) in enumerate(itertools.product(SIZES, facts)):
        repo = RepoFactory(creator=alice, name=f"model-{number}", **fact)
        made.append(RunFactory(repo=repo, commit_sha="0" * 40, memory_bytes=size))
        for place, worker in enumerate(workers):
            done = RunFactory(repo=repo, commit_sha=f"{place + 1:040}", memory_bytes=size, done=True, worker=worker)
            made.append(queue_repeat(done))
    return made


def test_both_say_the_same(workers: list[Worker], runs: list[Run]) -> None:
    before = measured_by(runs)
    taken = {
        (worker.pk, run.pk)
        for worker, run in itertools.product(workers, runs)
        if may_take(worker, run, before.get(run.repeat_of_id or 0, []))
    }
    offered = {
        (worker.pk, run.pk) for worker in workers for run in offered_to(worker, Run.objects.filter(state="queued"))
    }
    assert taken == offered
    donated, own, *others = workers[0], workers[3], workers[4], workers[5]
    # Of nine repos with a fresh run and five repetitions: what is open, fits, and was not measured by its account.
    assert sum(pk == donated.pk for pk, _ in offered) == 2 * (1 + 4)
    assert sum(pk == own.pk for pk, _ in offered) == 9 * (1 + 5)
    assert not {pk for pk, _ in offered} & {worker.pk for worker in others}
