"""The evaluation tab, its live part and the queue, as browsers get them."""

import copy
import json
import re
from typing import Any

import pytest
from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.models import FailureClass, Record, Run, RunState
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from models_app.templatetags.evaluation import advice
from models_app.uploads.services import commit_changes
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import (
    DEFINITION,
    RecordFactory,
    RunFactory,
    SampleFactory,
    ScoreFactory,
    SuiteVersionFactory,
)
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db
TAB = "/alice/tiny/evaluation"


@pytest.fixture
def repo(alice: User) -> Repo:
    """alice/tiny with a real git side and no suite yet."""
    return create_repo(actor=Actor(user=alice), kind=RepoKind.MODEL, namespace="alice", name="tiny", private=False)


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def text_of(page: Any) -> str:
    """The words of a page, without tags and doubled white space."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


CONDITIONS = {"architecture": {"layers": 4}, "device": "cpu", "precision": "float32", "versions": {"torch": "2.13.0"}}


def finish(run: Run) -> Record:
    """A record of `run` with an overall score, two tasks and a sample by each strategy."""
    record: Record = RecordFactory(run=run, payload=json.dumps({**CONDITIONS, "seed": run.pk}))
    ScoreFactory(record=record, task="overall", metric="score", value=0.6667, stderr=0.021)
    ScoreFactory(record=record, task="prose", metric="bits_per_byte", value=2.0, stderr=0.08, higher_is_better=False)
    ScoreFactory(
        record=record, task="prose", metric="perplexity", value=35.5, stderr=None, higher_is_better=False, primary=False
    )
    ScoreFactory(record=record, task="grammar", metric="acc", value=0.75, stderr=0.031)
    for strategy in ("nucleus", "greedy", "beam", "top_k", "sampling"):
        SampleFactory(record=record, prompt_key="story", strategy=strategy, text=f" <b>by {strategy}</b>")
    return record


# The tab in each state


def test_a_repetition_is_asked_for_and_shown(repo: Repo, alice: User, bob: User) -> None:
    record = finish(RunFactory(repo=repo, done=True))
    assert "Have it repeated" not in text_of(client_of(bob).get(TAB))
    owner = client_of(alice)
    assert "Have it repeated" in text_of(owner.get(TAB))
    assert owner.post(f"/evaluation/runs/{record.run.pk}/repeat").status_code == 302
    text = text_of(owner.get(TAB))
    assert "Have it repeated" not in text
    assert "repetition" in text
    Record.objects.filter(pk=record.pk).update(verdict="confirmed")
    assert "confirmed" in text_of(Client().get(TAB))
    assert "confirmed" in text_of(Client().get("/leaderboard"))
    Record.objects.filter(pk=record.pk).update(verdict="contradicted", differing=["grammar", "prose"])
    assert "They differ in: Grammar, Prose" in text_of(Client().get(TAB))


def test_nothing_to_evaluate(repo: Repo) -> None:
    page = Client().get(TAB)
    assert page.status_code == 200
    assert "Nothing to evaluate yet" in text_of(page)


def test_weights_that_nobody_asked_about(repo: Repo, alice: User, bob: User) -> None:
    files = [AddFile("config.json", b"{}"), AddFile("pytorch_model.bin", b"weights")]
    commit_changes(
        actor=Actor(user=alice), repo=repo, revision="main", parent=None, summary="s", description="", changes=files
    )
    SuiteVersionFactory()
    assert "Not evaluated yet" in text_of(Client().get(TAB))
    assert "Evaluate it" not in text_of(client_of(bob).get(TAB))
    assert client_of(bob).post(f"{TAB}/begin").status_code == 403
    assert not Run.objects.exists()
    owner = client_of(alice)
    assert "Evaluate it" in text_of(owner.get(TAB))
    assert owner.post(f"{TAB}/begin").status_code == 302
    run = Run.objects.get()
    assert (run.state, run.requested_by) == (RunState.QUEUED, alice)
    assert "Next in the queue." in text_of(owner.get(TAB))


def test_queued(repo: Repo) -> None:
    RunFactory(priority=1)
    RunFactory(done=True)
    RunFactory(repo=repo)
    page = Client().get(TAB)
    assert "Number 2 in the queue. Results are likely in about 1 minute, judging by past runs." in text_of(page)
    assert f'hx-get="{TAB}/live" hx-trigger="every 2s"' in page.content.decode()


def test_running(repo: Repo) -> None:
    RunFactory(repo=repo, running=True, progress={"stage": "tasks", "task": "prose", "done": 30, "total": 120})
    page = Client().get(TAB)
    assert "Scoring: Prose (30 / 120)" in text_of(page)
    assert '<progress class="progress" max="100" value="25"' in page.content.decode()


def test_fine_tuning_shows_seed_and_epoch(repo: Repo) -> None:
    definition = json.dumps(DEFINITION | {"fine_tuning": {"seeds": [1, 2, 3], "epochs": 5}})
    suite = SuiteVersionFactory(definition=definition)
    progress = {"stage": "fine_tuning", "task": "grammar", "done": 7, "total": 15}
    RunFactory(repo=repo, suite_version=suite, running=True, progress=progress)
    assert "Fine-tuning: Grammar, seed 2 of 3, epoch 3 of 5 (7 / 15)" in text_of(Client().get(TAB))


def test_failed(repo: Repo, alice: User, bob: User) -> None:
    run = RunFactory(repo=repo, failed=True, log_tail="<script>Killed</script>")
    for client in (Client(), client_of(bob)):
        page = client.get(TAB)
        assert "out of memory The checkpoint needs more memory than the worker has." in text_of(page)
        assert "Killed" not in page.content.decode()
        assert "Try again" not in text_of(page)
        assert "A worker with more memory" not in text_of(page)
        assert "hx-trigger" not in page.content.decode()
    page = client_of(alice).get(TAB)
    assert "than the worker has. A worker with more memory may manage it: ask the operators" in text_of(page)
    assert "Try again" in text_of(page)
    assert "&lt;script&gt;Killed&lt;/script&gt;" in page.content.decode()
    answer = client_of(alice).post(f"/evaluation/runs/{run.pk}/retry")
    assert (answer.status_code, answer["Location"]) == (302, TAB)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


@pytest.mark.parametrize("failure_class", FailureClass)
def test_every_failure_says_what_to_do_next(repo: Repo, alice: User, failure_class: FailureClass) -> None:
    RunFactory(repo=repo, failed=True, failure_class=failure_class, failure_reason="It broke.")
    page = text_of(client_of(alice).get(TAB))
    said = page.partition("It broke.")[2].partition("Try again")[0]
    assert said.strip() == advice(failure_class)


def test_done(repo: Repo) -> None:
    record = finish(RunFactory(repo=repo, done=True))
    page = Client().get(TAB)
    text, html = text_of(page), page.content.decode()
    assert "Overall 66.7 ± 2.1 of 100" in text
    assert "bits per byte ↓ 2.000 ± 0.080" in text
    assert "perplexity ↓ 35.50" in text
    assert "accuracy ↑ 0.750 ± 0.031" in text
    assert '<rect class="bar__fill" x="0" y="4" width="75.00%"' in html
    assert '<line class="bar__whisker" x1="74.00%" x2="76.00%" y1="10" y2="10">' in html
    assert re.findall(r'sample__name">([^<]+)<', html) == ["Greedy", "Beam search", "Sampling", "Top-k", "Nucleus"]
    assert "&lt;b&gt;by greedy&lt;/b&gt;" in html
    assert f'href="/api/evaluation/records/{record.sha256}"' in html
    assert "style=" not in html
    assert "<script>" not in html


def test_featured_tasks_come_first(repo: Repo) -> None:
    content = copy.deepcopy(DEFINITION)
    content["tasks"]["grammar"]["featured"] = True
    finish(RunFactory(repo=repo, suite_version=SuiteVersionFactory(definition=json.dumps(content)), done=True))
    text = text_of(Client().get(TAB))
    assert text.index("Grammar featured accuracy") < text.index("Prose × 2 bits per byte")


def test_what_was_fine_tuned_shows_each_seed_or_the_reason(repo: Repo) -> None:
    run = RunFactory(repo=repo, done=True)
    assert "Fine-tuning" not in text_of(Client().get(TAB))
    record = finish(run)
    seeds = [
        {"seed": seed, "validation": [0.25, 0.5 + seed / 10], "best_epoch": 2, "test": 0.4 + seed / 100}
        for seed in (1, 2)
    ]
    document = json.loads(record.payload) | {
        "fine_tuning": {
            "grammar": {"learning_rate": 1e-3, "seeds": seeds},
            "prose": {"reason": "There was no <time>.", "seeds": []},
        }
    }
    Record.objects.filter(pk=record.pk).update(payload=json.dumps(document))
    text = text_of(Client().get(TAB))
    assert "Grammar accuracy 1 0.410 2 0.25 0.60 2 0.420 2 0.25 0.70" in text
    assert "Prose There was no &lt;time&gt;." in text


def test_an_earlier_record_stays_while_a_newer_commit_waits(repo: Repo) -> None:
    old = RunFactory(repo=repo, commit_sha="a" * 40, done=True)
    finish(old)
    RunFactory(repo=repo)
    text = text_of(Client().get(TAB))
    assert "The results below are of an earlier commit, aaaaaaaa." in text
    assert "Next in the queue." in text
    assert "Other runs" in text


def test_one_prompt_is_chosen_by_the_address(repo: Repo) -> None:
    finish(RunFactory(repo=repo, done=True))
    assert (
        'href="?prompt=story#samples" lang="en" aria-current="page"' in Client().get(f"{TAB}?prompt=x").content.decode()
    )


# The live part


def test_the_live_part_reloads_the_page_at_the_end(repo: Repo) -> None:
    run = RunFactory(repo=repo, running=True)
    answer = Client().get(f"{TAB}/live")
    assert "HX-Refresh" not in answer
    assert "<html" not in answer.content.decode()
    run.state = RunState.DONE
    run.save()
    finish(run)
    assert Client().get(f"{TAB}/live")["HX-Refresh"] == "true"


def test_no_live_part_without_a_run(repo: Repo) -> None:
    assert Client().get(f"{TAB}/live").status_code == 404


# Who sees and does what


@pytest.mark.parametrize("who", ["nobody", "bob", "alice"])
def test_a_private_model(repo: Repo, alice: User, bob: User, who: str) -> None:
    repo.private = True
    repo.save()
    run = RunFactory(repo=repo, failed=True)
    client = client_of({"nobody": None, "bob": bob, "alice": alice}[who])
    expected = 200 if who == "alice" else 404
    assert client.get(TAB).status_code == expected
    assert client.get(f"{TAB}/live").status_code == expected
    if who == "alice":
        return
    for action in ("retry", "cancel"):
        answer = client.post(f"/evaluation/runs/{run.pk}/{action}")
        assert answer.status_code == (404 if who == "bob" else 302)
        assert "tiny" not in answer.content.decode()
    run.refresh_from_db()
    assert run.state == RunState.FAILED


def test_actions_are_posts_of_those_who_may(repo: Repo, alice: User, bob: User) -> None:
    run = RunFactory(repo=repo)
    assert client_of(alice).get(f"/evaluation/runs/{run.pk}/cancel").status_code == 405
    assert client_of(bob).post(f"/evaluation/runs/{run.pk}/cancel").status_code == 403
    assert client_of(alice).post(f"/evaluation/runs/{run.pk}/explode").status_code == 404
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert client_of(alice).post(f"/evaluation/runs/{run.pk}/cancel").status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert client_of(alice).post(f"/evaluation/runs/{run.pk}/cancel").status_code == 409


# The queue


def test_an_empty_queue_says_what_to_do(db: None) -> None:
    page = Client().get("/queue")
    assert "Nothing is waiting" in text_of(page)
    assert 'href="/new"' in page.content.decode()


def test_the_queue(alice: User, bob: User) -> None:
    RunFactory(repo=RepoFactory(creator=alice, name="running"), running=True)
    RunFactory(repo=RepoFactory(creator=alice, name="first"), priority=1)
    RunFactory(repo=RepoFactory(creator=alice, name="secret", private=True))
    RunFactory(repo=RepoFactory(creator=alice, name="last"))
    RunFactory(repo=RepoFactory(creator=alice, name="finished"), done=True)
    RunFactory(repo=RepoFactory(creator=alice, name="hidden-failure", private=True), failed=True)
    for client in (Client(), client_of(bob)):
        text = text_of(client.get("/queue"))
        assert "Running 1 alice/running" in text
        assert "Queued 3 1 alice/first" in text
        assert "2 a private model 3 alice/last" in text
        assert "alice/finished" in text
        assert "secret" not in text
        assert "hidden-failure" not in text
    text = text_of(client_of(alice).get("/queue"))
    assert "2 alice/secret" in text
    assert "alice/hidden-failure" in text


def test_htmx_gets_the_list_alone(db: None) -> None:
    assert "<html" not in Client().get("/queue", headers={"HX-Request": "true"}).content.decode()


# Queries


@pytest.mark.parametrize("count", [2, 20])
def test_the_tab_is_a_fixed_number_of_queries(repo: Repo, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        finish(RunFactory(repo=repo, commit_sha=f"{number:040x}", done=True))
    RunFactory(repo=repo)
    with django_assert_num_queries(12):
        assert Client().get(TAB).status_code == 200


@pytest.mark.parametrize("count", [2, 20])
def test_the_live_part_is_cheap(repo: Repo, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        finish(RunFactory(repo=repo, commit_sha=f"{number:040x}", done=True))
    RunFactory(repo=repo, running=True)
    with django_assert_num_queries(3):
        assert Client().get(f"{TAB}/live").status_code == 200


@pytest.mark.parametrize("count", [2, 20])
def test_the_queue_is_a_fixed_number_of_queries(count: int, django_assert_num_queries: Any) -> None:
    for _ in range(count):
        creator = MemberFactory()
        for state in ({}, {"running": True}, {"failed": True}):
            RunFactory(repo=RepoFactory(creator=creator), **state)
    with django_assert_num_queries(10):
        assert Client().get("/queue").status_code == 200
