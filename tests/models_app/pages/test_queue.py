"""The queue's page, how operators steer it, and how members learn to donate a worker."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from community.members.models import User
from models_app.evaluation import policy
from models_app.evaluation.models import QueuePolicy, RunState, Worker
from models_app.evaluation.repeats import settle
from tests.factories.attention import AttentionRequestFactory
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, WorkerFactory
from tests.factories.members import MemberFactory
from tests.models_app.pages.test_evaluation import client_of, finish, text_of

pytestmark = pytest.mark.django_db
GIB = 2**30
L4 = {"device": "cuda", "gpu": "NVIDIA L4", "gpu_memory_bytes": 23 * GIB, "run_memory_bytes": 22 * GIB}


@pytest.fixture
def staff(carol: User) -> Client:
    carol.is_staff = True
    carol.save()
    return client_of(carol)


def test_an_empty_queue(db: None) -> None:
    text = text_of(Client().get("/queue"))
    assert "Nothing is waiting" in text
    assert "Workers 0 No worker has asked for work within a week" in text


def test_what_runs_where(alice: User, bob: User) -> None:
    worker = WorkerFactory(name="big-box", hardware=L4, versions={"torch": "2.13.0"})
    progress = {"stage": "tasks", "task": "grammar", "done": 3, "total": 12}
    repo = RepoFactory(creator=alice, name="tiny")
    RunFactory(repo=repo, running=True, worker=worker, progress=progress, log_tail="out of memory with 7 rows")
    RunFactory(repo=RepoFactory(creator=alice, name="old"), done=True, worker=worker)
    for client in (Client(), client_of(bob)):
        text = text_of(client.get("/queue"))
        assert "alice/tiny" in text
        assert "Scoring: Grammar (3 / 12) big-box, NVIDIA L4, 23 GiB · heard of just now" in text
        assert "big-box working alice/tiny NVIDIA L4, 23 GiB torch 2.13.0 22 GiB just now" in text
        assert "done big-box less than a minute" in text
        assert "out of memory with" not in text
    assert "out of memory with 7 rows" in text_of(client_of(alice).get("/queue"))
    assert "out of memory with 7 rows" in text_of(client_of(alice).get("/alice/tiny/evaluation/live"))
    assert "out of memory with" not in text_of(client_of(bob).get("/alice/tiny/evaluation/live"))


def test_a_private_run_has_no_name_anywhere(alice: User, bob: User) -> None:
    worker = WorkerFactory(name="box")
    secret = RepoFactory(creator=alice, name="secret", private=True)
    RunFactory(repo=secret, running=True, worker=worker, log_tail="secret log")
    for client in (Client(), client_of(bob)):
        text = text_of(client.get("/queue"))
        assert "secret" not in text
        assert "box working a private model" in text
    assert "box working alice/secret" in text_of(client_of(alice).get("/queue"))


def test_who_computes_a_text(alice: User, bob: User) -> None:
    for name, private in (("tiny", False), ("secret", True)):
        repo = RepoFactory(creator=alice, name=name, private=private)
        worker = WorkerFactory(name=f"for-{name}", hardware={"device": "cpu", "texts_only": True})
        AttentionRequestFactory(repo=repo, text="My own words", running=True, worker=worker)
    for client, secret in ((Client(), "a private model"), (client_of(bob), "a private model"), (client_of(alice), "")):
        text = text_of(client.get("/queue"))
        assert "for-tiny working alice/tiny attention of a text" in text
        assert "My own words" not in text
        assert f"for-secret working {secret or 'alice/secret attention of a text'}" in text


def test_a_worker_of_texts_takes_no_run_and_is_not_called(alice: User) -> None:
    longer_ago = timezone.now() - timedelta(minutes=20)
    WorkerFactory(name="reader", hardware={"device": "cpu", "texts_only": True}, heartbeat_at=longer_ago)
    RunFactory(repo=RepoFactory(creator=alice, name="tiny"), memory_bytes=GIB)
    text = text_of(Client().get("/queue"))
    assert "reader waiting for work" in text
    assert "waits for a worker with 1 GiB" in text


def test_a_run_waits_while_those_that_could_take_it_are_drained(alice: User) -> None:
    worker = WorkerFactory(hardware={"device": "cpu", "run_memory_bytes": 4 * GIB}, draining=True)
    RunFactory(repo=RepoFactory(creator=alice, name="small"), memory_bytes=GIB)
    RunFactory(repo=RepoFactory(creator=alice, name="large"), memory_bytes=24 * GIB)
    text = text_of(Client().get("/queue"))
    assert "needs 1 GiB just now · waits: the workers that could take it are drained" in text
    assert "needs 24 GiB just now · waits for a worker with 24 GiB" in text
    assert "are drained" in text_of(Client().get("/alice/small/evaluation"))
    policy.drain(worker=worker, draining=False)
    assert "are drained" not in text_of(Client().get("/queue"))


def test_who_waits_for_what(alice: User) -> None:
    WorkerFactory(hardware={"device": "cpu", "cores": 2, "run_memory_bytes": 4 * GIB})
    RunFactory(repo=RepoFactory(creator=alice, name="small"), memory_bytes=GIB, priority=5)
    RunFactory(repo=RepoFactory(creator=alice, name="large"), memory_bytes=24 * GIB, priority=-1)
    text = text_of(Client().get("/queue"))
    assert "goes first needs 1 GiB just now 2 alice/large" in text
    assert "can wait needs 24 GiB just now · waits for a worker with 24 GiB" in text
    assert "waits for a worker with 24 GiB" in text_of(Client().get("/alice/large/evaluation"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_paused_queue_says_why(language: str) -> None:
    policy.pause(reason="A new disk <b>at noon</b>.")
    page = Client().get("/queue", headers={"Accept-Language": language})
    assert "A new disk &lt;b&gt;at noon&lt;/b&gt;." in page.content.decode()


@pytest.mark.parametrize("count", [2, 20])
def test_a_fixed_number_of_queries_for_members(count: int, django_assert_num_queries: Any) -> None:
    member = MemberFactory()
    for _ in range(count):
        creator = MemberFactory()
        AttentionRequestFactory(repo=RepoFactory(creator=creator), running=True)
        for state in ({}, {"running": True}, {"failed": True}):
            RunFactory(repo=RepoFactory(creator=creator), **state)
    client = client_of(member)
    with django_assert_num_queries(18):
        assert client.get("/queue").status_code == 200


# Operators


PAGES = ["", "/pause", "/workers/1", "/runs/1/priority"]


@pytest.mark.parametrize("path", PAGES)
def test_others_steer_nothing(bob: User, path: str) -> None:
    WorkerFactory(pk=1)
    RunFactory(pk=1)
    body = {"action": "pause", "draining": "yes", "priority": "9", "max_waiting": "1"}
    assert client_of(bob).post(f"/queue/operate{path}", body).status_code == 403
    assert Client().post(f"/queue/operate{path}", body).status_code == 302  # to the sign-in
    assert client_of(bob).get("/queue/operate").status_code == 403
    assert "Steer the queue" not in text_of(client_of(bob).get("/queue"))
    assert not QueuePolicy.objects.exists()
    assert not Worker.objects.filter(draining=True).exists()


def test_steering(staff: Client, alice: User) -> None:
    worker = WorkerFactory(name="box")
    run = RunFactory(repo=RepoFactory(creator=alice, name="tiny"))
    assert "Steer the queue" in text_of(staff.get("/queue"))
    text = text_of(staff.get("/queue/operate"))
    assert "box waiting for work" in text
    assert "alice/tiny" in text

    assert staff.post("/queue/operate/pause", {"action": "pause", "reason": "Noon."}).status_code == 302
    assert "The queue is paused Noon. Paused just now" in text_of(staff.get("/queue/operate"))
    staff.post("/queue/operate/pause", {"action": "resume"})
    assert policy.current_policy().paused_at is None

    staff.post(f"/queue/operate/workers/{worker.pk}", {"draining": "yes"})
    assert "box drained" in text_of(staff.get("/queue/operate"))
    staff.post(f"/queue/operate/workers/{worker.pk}", {"draining": "no"})
    worker.refresh_from_db()
    assert not worker.draining

    staff.post(f"/queue/operate/runs/{run.pk}/priority", {"priority": "7"})
    run.refresh_from_db()
    assert run.priority == 7
    staff.post(f"/queue/operate/runs/{run.pk}/priority", {"priority": "700"})
    run.refresh_from_db()
    assert (run.priority, run.state) == (7, RunState.QUEUED)

    assert staff.post("/queue/operate", {"max_waiting": "3", "max_a_day": ""}).status_code == 302
    now = policy.current_policy()
    assert (now.max_waiting, now.max_a_day) == (3, None)
    assert staff.post("/queue/operate", {"max_waiting": "-3", "max_a_day": ""}).status_code == 422
    assert policy.current_policy().max_waiting == 3


# Donors


def test_how_to_donate(alice: User) -> None:
    text = text_of(Client().get("/queue/donate"))
    assert "Sign in, then ask the operators of this hub to let you donate." in text
    assert "leyuan-worker --hub http" in text
    assert "manage.py workers allow alice" in text_of(client_of(alice).get("/queue/donate"))
    policy.allow_donation(member=alice, allowed=True)
    WorkerFactory(account=alice, name="alices-box", donated=True)
    WorkerFactory(name="other-box")
    text = text_of(client_of(User.objects.get(pk=alice.pk)).get("/queue/donate"))
    assert "You may donate workers. Thank you." in text
    assert "alices-box donated by alice waiting for work" in text
    assert "other-box" not in text


def test_a_provisional_result_is_shown_as_one(alice: User) -> None:
    run = RunFactory(repo=RepoFactory(creator=alice, name="tiny"), done=True, worker=WorkerFactory(donated=True))
    record = finish(run)
    settle(run)
    record.refresh_from_db()
    assert not record.stands
    text = text_of(Client().get("/alice/tiny/evaluation"))
    assert "Provisional: a donated worker found this, and no worker of somebody else has confirmed it." in text
    assert "Overall 66.7 ± 2.1 of 100" in text
    assert "alice/tiny" not in text_of(Client().get("/leaderboard"))
    Worker.objects.update(donated=False)
    settle(run)
    assert "Provisional" not in text_of(Client().get("/alice/tiny/evaluation"))
    assert "alice/tiny" in text_of(Client().get("/leaderboard"))
